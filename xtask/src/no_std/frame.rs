#![no_std]

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};

/// No memory: nobody runs this.
struct Nothing;

unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static MEMORY: Nothing = Nothing;

/// There is one in `std`, and there can't be two.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
