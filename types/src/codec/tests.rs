use super::*;

struct Numbers(Vec<u8>);

impl Wire for Numbers {
    fn write(&self, out: &mut Writer) {
        out.u32(u32::try_from(self.0.len()).unwrap());
        out.raw(&self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = input.count("numbers", 1, 3)?;
        Ok(Self(input.raw("numbers", count)?.to_vec()))
    }
}

#[test]
fn integers_are_big_endian() {
    let mut out = Writer::default();
    out.u8(1);
    out.u16(2);
    out.u32(3);
    out.u64(4);
    out.u128(5);
    out.bool(true);
    out.short_text("é");
    let bytes = out.into_bytes();
    assert_eq!(bytes.len(), 1 + 2 + 4 + 8 + 16 + 1 + 3);
    assert_eq!(&bytes[..7], &[1, 0, 2, 0, 0, 0, 3]);
    let mut input = Reader::new(&bytes);
    assert_eq!(input.u8("a"), Ok(1));
    assert_eq!(input.u16("b"), Ok(2));
    assert_eq!(input.u32("c"), Ok(3));
    assert_eq!(input.u64("d"), Ok(4));
    assert_eq!(input.u128("e"), Ok(5));
    assert_eq!(input.bool("f"), Ok(true));
    assert_eq!(input.short_text("g", 0, 2), Ok("é"));
    assert_eq!(input.finish(), Ok(()));
}

#[test]
fn every_failure_names_field_and_offset() {
    let end = from_bytes::<Numbers>(&[0, 0]).err().map(|e| e.to_string());
    assert_eq!(
        end.as_deref(),
        Some("numbers at byte 0: needs 4 bytes, only 2 are left")
    );
    let long = from_bytes::<Numbers>(&[0, 0, 0, 4])
        .err()
        .map(|e| e.to_string());
    assert_eq!(
        long.as_deref(),
        Some("numbers at byte 0: length 4 is outside 1..=3")
    );
    let short = from_bytes::<Numbers>(&[0, 0, 0, 3, 1])
        .err()
        .map(|e| e.to_string());
    assert_eq!(
        short.as_deref(),
        Some("numbers at byte 4: needs 3 bytes, only 1 are left")
    );
    let trailing = from_bytes::<Numbers>(&[0, 0, 0, 1, 1, 9])
        .err()
        .map(|e| e.to_string());
    assert_eq!(trailing.as_deref(), Some("1 trailing bytes at byte 5"));
    assert_eq!(
        Reader::new(&[2]).bool("flag").map_err(|e| e.to_string()),
        Err("flag at byte 0: 2 is no known tag (known: 0..=1)".to_owned())
    );
    assert_eq!(
        Reader::new(&[2, 0xff, 0xff])
            .short_text("memo", 0, 9)
            .map_err(|e| e.to_string()),
        Err("memo at byte 0: must be UTF-8 text".to_owned())
    );
}

#[test]
fn a_huge_count_does_not_allocate() {
    struct Unit;
    impl Wire for Unit {
        fn write(&self, out: &mut Writer) {
            out.u8(0);
        }
        fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
            input.u8("unit").map(|_| Self)
        }
    }
    let bytes = [0xff, 0xff, 0xff, 0xfe, 1, 2];
    let error = Reader::new(&bytes)
        .list::<Unit>("units", 0, usize::MAX)
        .err();
    assert!(matches!(
        error,
        Some(DecodeError::UnexpectedEnd { offset: 6, .. })
    ));
}
