//! What the bench needs: devices, the server as a process of its own, the load, and the floor.

mod device;
mod floor;
mod load;
mod process;

pub(crate) use device::Device;
pub(crate) use floor::Floor;
pub(crate) use load::Load;
pub(crate) use process::ServerProcess;

/// A bench ends at the first thing that goes wrong.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
