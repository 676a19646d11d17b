use super::*;

fn transactions(count: u64) -> Vec<Transaction> {
    (0..count)
        .map(|nonce| {
            let key = SecretKey::from_seed([7; 32]);
            UnsignedTransaction {
                chain: ChainId([1; 32]),
                sender: key.public_key(),
                nonce,
                fee: Units(1),
                expires_at: Height(9),
                payload: Payload::Lock { amount: Units(1) },
            }
            .sign(&key)
        })
        .collect()
}

#[test]
fn each_transaction_goes_to_one_node_once() {
    let course = Course::new(transactions(10), 3, 100);
    let of = |node| std::iter::from_fn(|| course.next(node)).collect::<Vec<_>>();
    assert_eq!(of(0), [0, 3, 6, 9]);
    assert_eq!(of(1), [1, 4, 7]);
    assert_eq!(of(2), [2, 5, 8]);
    assert_eq!(course.due(50) - course.begun, Duration::from_millis(500));
}

#[test]
fn it_is_over_when_all_are_final() {
    let course = Course::new(transactions(3), 1, 100);
    assert!(!course.take(3, &course.transactions[..2]));
    assert!(course.take(1, &course.transactions[2..]));
    let blocks = course.blocks();
    assert_eq!((blocks.count, blocks.missed), (2, 2));
    assert_eq!((blocks.fullest, blocks.ours), (2, 3));
}

#[test]
fn spreads() {
    assert_eq!(Spread::of(vec![]), Spread::default());
    let spread = Spread::of((1..=200).map(|ms| ms * 1_000).collect());
    assert_eq!((spread.p50, spread.p99), (100.0, 198.0));
    let one = Spread::of(vec![5_000]);
    assert_eq!((one.p50, one.p99), (5.0, 5.0));
}

#[test]
fn the_bare_limit_is_that_of_checked_signatures() {
    let mut transactions = transactions(300);
    assert!(bare(&transactions).unwrap() > 0.0);
    transactions[299].unsigned.nonce = 7;
    assert!(bare(&transactions).is_err());
}

#[test]
fn the_ratio_is_that_of_the_mean_node() {
    let node = |ms| Processor::new(7, Duration::from_millis(ms), 1_000);
    assert_eq!(Processor::mean(&[node(100), node(300)]), Some(200.0));
    assert_eq!(Processor::mean(&[]), None);
    assert_eq!(Processor::mean(&[node(0)]), None);
}

#[test]
fn processor_time_goes_on() {
    let before = worked(std::process::id()).unwrap();
    let begun = figures::thread_worked().unwrap();
    while figures::thread_worked().unwrap() < begun + Duration::from_millis(30) {
        std::hint::black_box(bare(&transactions(1)).unwrap());
    }
    assert!(worked(std::process::id()).unwrap() > before);
}
