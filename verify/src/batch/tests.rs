use super::*;
use etm_types::BlsSecret;

const NAME: &[u8] = b"test";

fn secret(number: u8) -> BlsSecret {
    BlsSecret::from_seed(&[number; 32])
}

fn signed(number: u8, signature: &BlsSignature) -> Signed {
    let key = Keys::default().sum([&secret(number).public_key()]).unwrap();
    Signed::new(key, NAME, &[number], signature).unwrap()
}

fn signature(number: u8) -> BlsSignature {
    secret(number).sign(NAME, &[number])
}

#[test]
fn the_one_that_does_not_hold_is_found() {
    let good = |number: u8| signed(number, &signature(number));
    for count in 1..9u8 {
        let batch: Vec<Signed> = (0..count).map(good).collect();
        assert_eq!(check(&batch), Ok(()));
        for wrong in 0..count {
            let batch: Vec<Signed> = (0..count)
                .map(|number| match number == wrong {
                    true => signed(number, &signature(number + 1)),
                    false => good(number),
                })
                .collect();
            assert_eq!(check(&batch), Err(usize::from(wrong)), "{count}");
        }
    }
    assert_eq!(check(&[]), Ok(()));
}

/// One signature too high by a point and another too low by it: their plain sum is right.
#[test]
fn errors_that_cancel_are_found() {
    let shift = G1::decode(Copying(&signature(9).0)).unwrap();
    let moved = |number: u8, by: &G1| {
        let point = G1::decode(Copying(&signature(number).0)).unwrap() + by;
        let mut bytes = [0; 48];
        bytes.copy_from_slice(&point.encode());
        signed(number, &BlsSignature(bytes))
    };
    let batch = [moved(1, &shift), moved(2, &-shift)];
    assert!(check(&batch).is_err());
}

#[test]
fn keys_and_signatures_must_be_points() {
    let mut keys = Keys::default();
    assert!(keys.sum([&BlsPublicKey([0; 96])]).is_err());
    assert!(keys.sum([]).is_err());
    let key = keys.sum([&secret(1).public_key()]).unwrap();
    assert!(Signed::new(key, NAME, b"", &BlsSignature([0; 48])).is_err());
    // Infinity, as it is encoded.
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    assert!(Signed::new(key, NAME, b"", &BlsSignature(infinity)).is_err());
}
