//! What a check-in costs for which there is nothing to do: time, CPU of the server, bytes written to disk.
//!
//! A check-in is one package of a management session with its reply: mutual TLS, SQLite on disk. Over a connection that
//! is kept, the time is that of the exchange alone; over a new one, as devices that poll every few hours make it, the CPU
//! is that of the TLS handshake too. CPU time and bytes are from the kernel's accounting of the server's process.
//!
//! `cargo bench --bench checkin` sends 5,000 and 1,000 check-ins, `-- --quick` 500 and 100.

mod support;

use std::time::{Duration, Instant};

use support::{Device, Error, Managed, ServerProcess};

/// The fleet whose polling is computed: how many, and every how many seconds.
const FLEET: u32 = 30_000;
const EVERY: u32 = 8 * 60 * 60;

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn main() -> Result<(), Error> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (kept, fresh) = if quick { (500, 100) } else { (5_000, 1_000) };
    portcullis::http::tls::install_default_provider();
    let server = ServerProcess::start("rsa-2048")?;
    let runtime = tokio::runtime::Runtime::new()?;
    let devices = Device::make(16)?;
    let devices = runtime.block_on(Managed::make(&server, &devices))?;
    // The attempts to enroll are recorded a moment later.
    std::thread::sleep(Duration::from_secs(3));
    let written = server.written()?;
    println!(
        "{:<12} {:>9} {:>10} {:>10} {:>12}",
        "connection", "check-ins", "p50", "p99", "CPU each"
    );
    let over_kept = runtime.block_on(check_in(&server, &devices, kept, false))?;
    over_kept.print("kept");
    let over_fresh = runtime.block_on(check_in(&server, &devices, fresh, true))?;
    over_fresh.print("new");
    println!("written to disk: {} bytes", server.written()? - written);
    let share = over_fresh.cpu.as_secs_f64() * f64::from(FLEET) / f64::from(EVERY);
    println!(
        "{FLEET} devices that poll every 8 hours: {:.2} % of one core (target < 5 %)",
        share * 100.0
    );
    Ok(())
}

/// What check-ins cost.
struct Cost {
    times: Vec<Duration>,
    cpu: Duration,
}

impl Cost {
    fn quantile(&self, part: usize) -> Duration {
        let index = (self.times.len() * part / 100).min(self.times.len().saturating_sub(1));
        self.times.get(index).copied().unwrap_or_default()
    }

    #[expect(clippy::print_stdout, reason = "a bench prints its figures")]
    fn print(&self, connection: &str) {
        let microseconds = |time: Duration| format!("{} µs", time.as_micros());
        println!(
            "{connection:<12} {:>9} {:>10} {:>10} {:>12}",
            self.times.len(),
            microseconds(self.quantile(50)),
            microseconds(self.quantile(99)),
            microseconds(self.cpu)
        );
    }
}

/// Checks in one after the other; every reply must say nothing but that it was heard.
async fn check_in(
    server: &ServerProcess,
    devices: &[Managed],
    count: usize,
    fresh: bool,
) -> Result<Cost, Error> {
    let mut clients = Vec::new();
    for device in devices {
        let client = device.client()?;
        device.send(&client, device.hello(2).write()).await?;
        clients.push(client);
    }
    let mut times = Vec::with_capacity(count);
    let before = server.cpu()?;
    for number in 0..count {
        let index = number % devices.len();
        let (Some(device), Some(kept)) = (devices.get(index), clients.get(index)) else {
            return Err("there is no device".into());
        };
        let client = if fresh {
            device.client()?
        } else {
            kept.clone()
        };
        let session = u32::try_from(number)? + 3;
        let package = device.hello(session).write();
        let since = Instant::now();
        let reply = device.send(&client, package).await?;
        times.push(since.elapsed());
        if reply.body.commands.len() != 4 {
            return Err(format!("not idle: {reply:?}").into());
        }
    }
    let cpu = (server.cpu()? - before) / u32::try_from(count)?;
    times.sort_unstable();
    Ok(Cost { times, cpu })
}
