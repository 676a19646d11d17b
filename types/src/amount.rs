//! How the mechanism's numbers travel: raw integers, big-endian.

use crate::codec::{DecodeError, Reader, Wire, Writer};
use etm_mechanism::{MinerId, TimeGain, Units, Votes};

impl Wire for Units {
    fn write(&self, out: &mut Writer) {
        out.u64(self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.u64("amount").map(Self)
    }
}

impl Wire for MinerId {
    fn write(&self, out: &mut Writer) {
        out.u32(self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.u32("miner id").map(Self)
    }
}

impl Wire for Votes {
    fn write(&self, out: &mut Writer) {
        out.u128(self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.u128("votes").map(Self)
    }
}

impl Wire for TimeGain {
    fn write(&self, out: &mut Writer) {
        out.u8(self.get());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        Self::new(input.u8("time gain")?)
            .ok_or_else(|| Reader::invalid("time gain", offset, "must be 1 to 32"))
    }
}
