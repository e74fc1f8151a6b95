//! What the bench needs: devices, the server as a process of its own, the load, and the floor.

mod device;
mod floor;
mod load;
mod process;

pub use device::Device;
pub use floor::Floor;
pub use load::Load;
pub use process::ServerProcess;

/// A bench ends at the first thing that goes wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
