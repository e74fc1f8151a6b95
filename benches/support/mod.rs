//! What the benches need: devices, the server as a process of its own, the load, the floor, and devices that are managed.

#![expect(dead_code, unused_imports, reason = "each bench needs a part of it")]

mod checkin;
mod device;
mod floor;
mod load;
mod process;

pub(crate) use checkin::Managed;
pub(crate) use device::Device;
pub(crate) use floor::Floor;
pub(crate) use load::Load;
pub(crate) use process::ServerProcess;

/// A bench ends at the first thing that goes wrong.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
