//! Model: a record that is published, referred to by its number, given back and published again.
//!
//! Must hold: no reference is given to a generation that was retired; a reference that was given shows the fields of its
//! own generation; one holder retires, exactly one; nobody reads the fields while the next generation is written.
//!
//! Mutations that were seen to fail here:
//! * `publish`: `store(.., Release)` as `Relaxed`;
//! * `try_ref`: `Acquire` as `Relaxed`;
//! * `try_ref`: without the look at the generation;
//! * `release`: `fetch_sub(.., AcqRel)` as `Relaxed`;
//! * `retire`: the same generation again instead of the next.

use crate::ident::Class;
use crate::record::word::Word;
use crate::sync::{AtomicU32, Ordering::Relaxed};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

struct Slot {
    word: Word,
    /// Stands for all fields of a slot: they are written by whoever publishes, with nobody else there.
    fields: AtomicU32,
    /// The same as a plain place: loom fails if it is read while it is written.
    place: UnsafeCell<()>,
    retired: AtomicU32,
}

impl Slot {
    fn publish(&self, generation: u32) {
        self.place.with_mut(|_| ());
        self.fields.store(generation, Relaxed);
        self.word.publish(Class::Request, 0);
    }

    /// What the holder of a reference reads.
    fn read(&self) -> u32 {
        self.place.with(|_| ());
        self.fields.load(Relaxed)
    }

    /// Gives a reference back; whoever was last uses the slot again.
    fn release(&self) {
        if self.word.release() {
            self.retired.fetch_add(1, Relaxed);
            assert!(self.word.retire(), "there are generations left");
            if self.word.generation() == 2 {
                self.publish(2);
            }
        }
    }
}

#[test]
fn loom_a_reference_is_to_one_generation_and_one_holder_retires_it() {
    loom::model(|| {
        let slot = Arc::new(Slot {
            word: Word::default(),
            fields: AtomicU32::new(0),
            place: UnsafeCell::new(()),
            retired: AtomicU32::new(0),
        });
        slot.publish(1);
        let by_number = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || {
                for generation in [1, 2] {
                    if slot.word.try_ref(generation) {
                        assert_eq!(slot.read(), generation);
                        slot.release();
                    }
                }
            })
        };
        slot.release(); // the task ends
        by_number.join().unwrap();
        assert_eq!((slot.retired.load(Relaxed), slot.word.generation()), (1, 2));
        assert!(!slot.word.try_ref(1) && slot.word.try_ref(2));
    });
}
