//! CPU of the server per complete enrollment, the floor beneath it, and their ratio.
//!
//! One enrollment is Discover, GetPolicies and RequestSecurityToken over keep-alive TLS against the real server, with
//! SQLite on disk. The floor is what no server can leave out: verify the certificate request, sign the leaf, commit once
//! durably, with the same keys, on one thread. Both are CPU time from the kernel's accounting, measured in one run.
//!
//! `cargo bench --bench enrollment` makes 800 devices for each issuing key, `-- --quick` 160; a quarter of them
//! warms the server up.

mod support;

use std::time::{Duration, Instant};

use support::{Device, Error, Floor, Load, ServerProcess};

/// Devices that enroll at the same time.
const CONCURRENCY: usize = 16;

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn main() -> Result<(), Error> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let devices = if quick { 160 } else { 800 };
    let started = Instant::now();
    let fleet = Device::make(devices)?;
    println!(
        "{devices} devices with RSA-2048 keys, {CONCURRENCY} at a time; keys made in {:.1?}",
        started.elapsed()
    );
    println!(
        "{:<10} {:>12} {:>12} {:>7} {:>8} {:>14}",
        "issuing", "enrollment", "floor", "ratio", "target", "enrollments/s"
    );
    for (key, target) in [("rsa-2048", 1.6), ("p256", 3.0)] {
        let floor = Floor::measure(key, &fleet)?;
        let server = ServerProcess::start(key)?;
        let load = Load::prepare(&server, &fleet, CONCURRENCY)?;
        load.warm_up()?;
        let (before, started) = (server.cpu()?, Instant::now());
        load.run()?;
        let (seconds, cpu) = (started.elapsed(), server.cpu()? - before);
        let each = cpu / u32::try_from(load.len())?;
        println!(
            "{key:<10} {:>12} {:>12} {:>7.2} {:>8} {:>14.0}",
            microseconds(each),
            microseconds(floor),
            each.as_secs_f64() / floor.as_secs_f64(),
            format!("<= {target}"),
            load.len() as f64 / seconds.as_secs_f64(),
        );
    }
    Ok(())
}

fn microseconds(duration: Duration) -> String {
    format!("{} µs", duration.as_micros())
}
