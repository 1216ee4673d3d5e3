//! The stages' times (S43), as a table and as properties.

use crate::shutdown::ladder::{ABORT_RESERVE, CANCEL_RESERVE, Times, times};
use proptest::prelude::*;
use std::time::Duration;

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Grace and delay; drain, cancel, abort, in milliseconds.
const TABLE: [([u64; 2], [u64; 3]); 12] = [
    ([25_000, 0], [0, 21_000, 24_000]),
    ([25_000, 5_000], [5_000, 21_000, 24_000]),
    ([10_000, 0], [0, 6_000, 9_000]),
    ([4_000, 0], [0, 0, 3_000]),
    ([9_000, 5_000], [5_000, 5_000, 8_000]),
    // S43b: a quarter each, then the delay to what is left.
    ([6_000, 5_000], [3_000, 3_000, 4_500]), // SD-19
    ([2_000, 0], [0, 1_000, 1_500]),
    ([2_000, 5_000], [1_000, 1_000, 1_500]),
    ([8_000, 8_000], [4_000, 4_000, 7_000]),
    // Where a quarter is no shorter than the reserves they stay, and the delay alone gives way.
    ([25_000, 24_000], [21_000, 21_000, 24_000]),
    ([100, 0], [0, 50, 75]),
    ([0, 0], [0, 0, 0]), // SD-18
];

#[test]
fn the_stages_begin_when_the_table_says() {
    for ([grace, delay], [drain, cancel, abort]) in TABLE {
        let wanted = Times { drain: ms(drain), cancel: ms(cancel), abort: ms(abort), report: ms(grace) };
        assert_eq!(times(ms(grace), ms(delay)), wanted, "grace {grace}, delay {delay}");
    }
}

proptest! {
    /// S43, S43b, S43d.
    #[test]
    fn the_stages_are_in_order_and_within_the_grace(grace in 0u64..200_000, delay in 0u64..300_000) {
        let (grace, delay) = (ms(grace), ms(delay));
        let Times { drain, cancel, abort, report } = times(grace, delay);
        prop_assert!(drain <= cancel && cancel <= abort && abort <= report);
        prop_assert_eq!(report, grace);
        // The delay is never longer than asked for, and is cut only if there is no room.
        prop_assert!(drain <= delay);
        prop_assert!(drain == delay || drain == cancel);
        // Both reserves together never grow.
        prop_assert!(grace - cancel <= CANCEL_RESERVE + ABORT_RESERVE);
        // Something is always left for both rungs.
        prop_assert!(grace.is_zero() || (abort > cancel && report > abort));
    }
}
