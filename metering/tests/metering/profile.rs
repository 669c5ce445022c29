//! Where fuel goes.

use peristyle_metering::FuelProfile;

/// The function, how often it was called, and the fuel that is its own and with what it calls.
fn rows(profile: &FuelProfile) -> Vec<(u32, u64, u64, u64)> {
    let functions = profile.functions();
    functions.iter().map(|f| (f.function, f.calls, f.self_fuel, f.total_fuel)).collect()
}

fn folded(profile: &FuelProfile) -> String {
    profile.folded(|function| format!("f{function}"))
}

/// Verifies that a function that calls itself is counted once in its total.
#[test]
fn recursion_is_counted_once() {
    let mut profile = FuelProfile::default();
    profile.begin(100);
    profile.enter(1, 100);
    profile.enter(2, 90);
    profile.enter(1, 80);
    profile.leave(75);
    profile.leave(74);
    profile.leave(70);
    profile.end(70);
    assert_eq!(rows(&profile), [(1, 2, 19, 30), (2, 1, 11, 16)]);
    assert_eq!(folded(&profile), "f1 14\nf1;f2 11\nf1;f2;f1 5\n");
    assert_eq!(profile.fuel(), 30);
}

/// Verifies that a call that is stopped in the middle leaves nothing over, and that the next one starts afresh.
#[test]
fn calls_that_stop_in_the_middle_are_whole() {
    let mut profile = FuelProfile::default();
    for _ in 0..2 {
        profile.begin(10);
        profile.enter(4, 10);
        profile.enter(5, 8);
        assert_eq!(profile.stack().collect::<Vec<_>>(), [4, 5]);
        profile.end(-3);
        assert_eq!(profile.stack().len(), 0);
    }
    assert_eq!(rows(&profile), [(4, 2, 4, 26), (5, 2, 22, 22)]);
}

/// Verifies that fuel given meanwhile is not taken for fuel that was not used.
#[test]
fn refills_are_not_used_fuel() {
    let mut profile = FuelProfile::default();
    profile.begin(10);
    profile.enter(1, 10);
    profile.refill(1_000);
    profile.leave(990);
    profile.end(990);
    assert_eq!(rows(&profile), [(1, 1, 20, 20)]);
}

/// Verifies that what a host charges after a tail call belongs to the function that called it.
#[test]
fn what_comes_after_everybody_left_belongs_to_the_last() {
    let mut profile = FuelProfile::default();
    profile.begin(100);
    profile.enter(1, 100);
    profile.leave(95);
    profile.end(60);
    assert_eq!(rows(&profile), [(1, 1, 40, 40)]);
    assert_eq!(folded(&profile), "f1 40\n");
}

/// Verifies that merging is the same as having counted together.
#[test]
fn merged_profiles_are_like_one() {
    let count = |profile: &mut FuelProfile, last: u32| {
        profile.begin(1_000);
        for function in [7, 2, last] {
            profile.enter(function, 900);
            profile.enter(2, 850);
            profile.leave(840);
        }
        profile.leave(800);
        profile.end(800);
    };
    let [mut first, mut second, mut together] = <[FuelProfile; 3]>::default();
    for (profile, last) in [(&mut first, 9), (&mut second, 10)] {
        count(profile, last);
        count(&mut together, last);
    }
    let mut merged = first.clone();
    merged.merge(&second);
    second.merge(&first);
    for merged in [merged, second] {
        assert_eq!(rows(&merged), rows(&together));
        assert_eq!(folded(&merged), folded(&together));
        assert_eq!(merged.fuel(), together.fuel());
    }
}

/// Verifies that no module makes a profile large, that its figures stay whole, and that any events do.
#[test]
fn profiles_stay_small_and_whole() {
    let mut profile = FuelProfile::default();
    profile.leave(5);
    profile.end(i64::MIN);
    profile.begin(1 << 40);
    let (mut left, mut state, mut deepest) = (1i64 << 40, 1u64, 0);
    for _ in 0..300_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        left -= (state >> 60).cast_signed();
        if (state >> 33) % 100 < 55 {
            profile.enter((state >> 40) as u32 % 9, left);
        } else {
            profile.leave(left);
        }
        deepest = deepest.max(profile.stack().len());
    }
    profile.end(left);
    assert!(deepest > 1_000, "{deepest}");
    let own: u64 = profile.functions().iter().map(|function| function.self_fuel).sum();
    assert_eq!(own, profile.fuel());
    let text = folded(&profile);
    let stacks: u64 = text.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
    assert_eq!(stacks, own);
    assert!(text.lines().count() <= FuelProfile::STACKS_MAX as usize);
    let depth = text.lines().map(|line| line.split(';').count()).max().unwrap();
    assert_eq!(depth, FuelProfile::STACK_DEPTH_MAX as usize);
}

/// Verifies that names do not break lines or stacks apart.
#[test]
fn names_stay_in_their_place() {
    let mut profile = FuelProfile::default();
    profile.begin(9);
    profile.enter(0, 9);
    profile.end(0);
    assert_eq!(profile.folded(|_| "<[u8; 4]>::a\nb".to_owned()), "<[u8: 4]>::a b 9\n");
}
