use super::*;

#[test]
fn rfc_8032_vector() {
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let key = SecretKey::from_seed(crate::bytes::array_from_hex("seed", seed).unwrap());
    assert_eq!(
        key.public_key().to_string(),
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    );
    let signature = key.sign(b"");
    assert_eq!(
        signature.to_string(),
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    );
    assert_eq!(key.public_key().verify(b"", &signature), Ok(()));
    assert_eq!(
        key.public_key().verify(b"x", &signature),
        Err(KeyError::InvalidSignature)
    );
}

#[test]
fn batches_agree_with_single_checks() {
    let keys: Vec<_> = (0..9u8).map(|i| SecretKey::from_seed([i; 32])).collect();
    let publics: Vec<_> = keys.iter().map(SecretKey::public_key).collect();
    let messages: Vec<_> = (0..9u8).map(|i| vec![i; usize::from(i)]).collect();
    let mut signatures: Vec<_> = keys.iter().zip(&messages).map(|(k, m)| k.sign(m)).collect();
    let items = |signatures: &[Signature]| -> Result<(), KeyError> {
        verify_batch((0..9).map(|i| SignedMessage {
            key: &publics[i],
            message: &messages[i],
            signature: &signatures[i],
        }))
    };
    assert_eq!(items(&signatures), Ok(()));
    signatures[4].0[0] ^= 1;
    assert_eq!(items(&signatures), Err(KeyError::InvalidSignature));
    assert_eq!(verify_batch([]), Ok(()));
}

/// A point of small order with a signature of zeros: valid under ZIP-215, alone and in a batch.
#[test]
fn edge_cases_are_judged_alike_alone_and_in_batches() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let key = PublicKey(identity);
    let mut signature = [0; 64];
    signature[0] = 1;
    let signature = Signature(signature);
    let message = b"anything".as_slice();
    let alone = key.verify(message, &signature);
    let batch = verify_batch([SignedMessage {
        key: &key,
        message,
        signature: &signature,
    }]);
    assert_eq!(alone, batch);
    let no_point = PublicKey([2; 32]);
    assert_eq!(
        no_point.check().is_ok(),
        no_point.verify(message, &signature) != Err(KeyError::InvalidPoint("ed25519 key"))
    );
}

#[test]
fn bls_signatures_are_bound_to_namespace_and_message() {
    let secret = BlsSecret::from_seed(&[3; 32]);
    let public = secret.public_key();
    let signature = secret.sign(b"a", b"message");
    assert_eq!(public.verify(b"a", b"message", &signature), Ok(()));
    assert!(public.verify(b"b", b"message", &signature).is_err());
    assert!(public.verify(b"a", b"messagf", &signature).is_err());
    assert_eq!(
        BlsPublicKey([0; 96]).check(),
        Err(KeyError::InvalidPoint("BLS key"))
    );
    let mut infinity = [0; 96];
    infinity[0] = 0xc0;
    assert!(BlsPublicKey(infinity).check().is_err());
    let copy = BlsSecret::from_bytes(&secret.expose_bytes()).map(|key| key.public_key());
    assert_eq!(copy, Ok(public));
    assert!(BlsSecret::from_bytes(&[0; 32]).is_err());
}

#[test]
fn secrets_are_not_printed() {
    let secret = SecretKey::from_seed([9; 32]);
    assert!(!format!("{secret:?}").contains(&crate::bytes::hex(&[9; 32])));
    let bls = BlsSecret::from_seed(&[9; 32]);
    assert!(!format!("{bls:?}").contains(&crate::bytes::hex(&bls.expose_bytes())));
}
