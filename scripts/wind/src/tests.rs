use super::*;

const SEED: u64 = 7;

fn wind_at(place: Position, tick: u64, gusts: &[Gust]) -> Wind {
    wind_with_keys(place, tick, gusts, Keys::default())
}

fn wind_with_keys(place: Position, tick: u64, gusts: &[Gust], keys: Keys) -> Wind {
    let (places, mut winds) = ([place], [Wind::default()]);
    let weather = [Weather { seed: SEED }];
    blow(
        Time { delta_seconds: 1.0 / 60.0, elapsed_seconds: 0.0, tick },
        Query::from_columns((&places[..], &mut winds[..])),
        Query::from_columns(&weather[..]),
        Query::from_columns(gusts),
        Res::new(&keys),
    );
    winds[0]
}

fn distance(a: Wind, b: Wind) -> f32 {
    let [x, y, z] = [a.x - b.x, a.y - b.y, a.z - b.z];
    (x * x + y * y + z * z).sqrt()
}

/// Places and ticks all over the game, and some far out.
fn samples() -> impl Iterator<Item = (Position, u64)> {
    (0..2_000).map(|index| {
        let number = |shift: u32| (hash(index) >> shift & 0xffff) as f32 / 65_536.0;
        let [x, y] = [number(0) * 800.0 - 400.0, number(16) * 800.0 - 400.0];
        (Position { x, y, z: number(32) * 40.0 }, hash(index + 9_999) % 100_000)
    })
}

#[test]
fn wind_changes_little_over_a_step_in_place_or_time() {
    for (place, tick) in samples() {
        let wind = wind_at(place, tick, &[]);
        let beside = wind_at(Position { x: place.x + 0.1, ..place }, tick, &[]);
        assert!(distance(wind, beside) < 0.05, "{place:?} at {tick}");
        assert!(distance(wind, wind_at(place, tick + 1, &[])) < 0.1, "{place:?} at {tick}");
    }
}

#[test]
fn wind_has_no_step_where_a_cell_or_the_whole_grid_ends() {
    for border in [-360.0_f32, -28.0, 0.0, 28.0, 90.0, 224.0, 720.0] {
        let [before, after] =
            [border.next_down(), border].map(|x| wind_at(Position { x, y: 3.0, z: 20.0 }, 5, &[]));
        assert!(distance(before, after) < 1e-3, "at {border}");
    }
    let place = Position { x: 1.0, y: 2.0, z: 20.0 };
    assert!(distance(wind_at(place, 419, &[]), wind_at(place, 420, &[])) < 0.02);
}

#[test]
fn wind_is_what_the_autopilot_can_hold_against() {
    let speeds = samples().map(|(place, tick)| distance(wind_at(place, tick, &[]), Wind::default()));
    let strongest = speeds.fold(0.0, f32::max);
    assert!((1.5..4.2).contains(&strongest), "{strongest}");
}

#[test]
fn wind_follows_from_the_seed_to_the_last_bit() {
    let bits = samples().fold(0, |sum, (place, tick)| {
        let wind = wind_at(place, tick, &[]);
        [wind.x, wind.y, wind.z].iter().fold(sum, |sum, v| hash(sum ^ u64::from(v.to_bits())))
    });
    // A constant, since another machine or compiler must come to the same.
    assert_eq!(bits, 10_390_334_513_663_857_813);
}

#[test]
fn a_gust_blows_away_from_its_middle_and_ends_at_its_edge() {
    let gust = Gust { x: 10.0, y: -5.0, radius: 30.0, strength: 12.0, age: 0.0 };
    let added = |x: f32, gust: Gust| {
        let place = Position { x, y: -5.0, z: 20.0 };
        let (calm, wind) = (wind_at(place, 1, &[]), wind_at(place, 1, &[gust]));
        [wind.x - calm.x, wind.y - calm.y, wind.z - calm.z]
    };
    let [east, north, up] = added(10.0 + 17.3, gust);
    assert!((11.9..12.1).contains(&east) && north.abs() < 1e-4 && up > 0.0, "{east} {north} {up}");
    assert!(added(10.0 - 17.3, gust)[0] < -11.9);
    assert_eq!(added(10.0 + 30.1, gust), [0.0; 3]);
    assert!(added(10.0 + 29.9, gust)[0] < 0.3);
    let half_over = added(10.0 + 17.3, Gust { age: 0.5, ..gust });
    assert!((half_over[0] * 2.0 - east).abs() < 1e-3);
}

#[test]
fn arrow_keys_blow_where_they_point() {
    let place = Position { x: 1.0, y: 2.0, z: OPEN_HEIGHT };
    let [calm, blown] = [Keys::default(), Keys::default().press(Key::ArrowLeft).press(Key::ArrowUp)]
        .map(|keys| wind_with_keys(place, 5, &[], keys));
    assert_eq!([blown.x, blown.y, blown.z], [calm.x - BLOW_SPEED, calm.y + BLOW_SPEED, calm.z]);
    let both = Keys::default().press(Key::ArrowLeft).press(Key::ArrowRight);
    assert_eq!(wind_with_keys(place, 5, &[], both).x, calm.x);
}
