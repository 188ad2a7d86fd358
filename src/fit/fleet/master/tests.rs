use super::*;
use crate::units::SplitMix64;

#[test]
fn a_small_program_has_its_known_answer() {
    // Cover 3 and 4: columns of (1, 0) and (0, 1) at 2 each, (1, 1) at 3.
    let unit = |row: usize| Column { cost: 2.0, entries: vec![(row, 1.0)], owner: Some(row) };
    let mut master = Master::new(&[3.0, 4.0], &[], &[unit(0), unit(1)]).unwrap();
    assert!((master.cost() - 14.0).abs() < 1e-6);
    let both = Column { cost: 3.0, entries: vec![(0, 1.0), (1, 1.0)], owner: Some(2) };
    master.improve(&[unit(0), unit(1), both].into_iter().collect(), 100);
    // Three of both and one of the second.
    assert!((master.cost() - 11.0).abs() < 1e-6);
    assert!((master.duals()[0] - 1.0).abs() < 1e-9 && (master.duals()[1] - 2.0).abs() < 1e-6);
    let mut used: Vec<(usize, f64)> = master.used().collect();
    used.sort_by_key(|one| one.0);
    assert_eq!(used.iter().map(|one| one.0).collect::<Vec<_>>(), [1, 2]);
    // A column that covers more than is asked leaves surplus.
    let large = Column { cost: 1.0, entries: vec![(0, 5.0), (1, 1.0)], owner: Some(3) };
    master.improve(&[large].into_iter().collect(), 100);
    assert!((master.cost() - 4.0).abs() < 1e-6);
}

#[test]
fn a_basis_that_does_not_cover_is_repaired() {
    // One of both alone leaves the second row at less than nothing of surplus.
    let unit = |row: usize| Column { cost: 2.0, entries: vec![(row, 1.0)], owner: Some(row) };
    let both = Column { cost: 3.0, entries: vec![(0, 1.0), (1, 1.0)], owner: Some(2) };
    let columns = [unit(0), unit(1), both.clone()].into_iter().collect();
    let wished = [both, Column::surplus(1)];
    let mut master = Master::new(&[3.0, 4.0], &wished, &[unit(0), unit(1)]).unwrap();
    assert!(master.repair(&columns, 10));
    master.improve(&columns, 10);
    assert!((master.cost() - 11.0).abs() < 1e-6);
}

/// Columns of a few rows each, and one for each row alone.
fn covering_program(random: &mut SplitMix64, rows: usize) -> (Vec<Column>, Columns) {
    let mut below = |end: u64| u32::try_from(random.draw() % end).unwrap();
    let alone = |row: usize| Column { cost: 9.0, entries: vec![(row, 1.0)], owner: Some(row) };
    let alone: Vec<Column> = (0..rows).map(alone).collect();
    let mut columns = alone.clone();
    for number in 0..4 * rows {
        let mut entries: Vec<(usize, f64)> =
            (0..rows).map(|row| (row, f64::from(below(12).saturating_sub(8)))).collect();
        entries.retain(|(_, value)| *value > 0.0);
        if !entries.is_empty() {
            let many = u32::try_from(entries.len()).unwrap();
            let cost = 1.0 + f64::from(below(100)) / 100.0 + f64::from(many);
            columns.push(Column { cost, entries, owner: Some(rows + number) });
        }
    }
    (alone, columns.into_iter().collect())
}

/// What was used for one demand is where another is begun with: the cost is that of a program
/// that is begun with nothing, and nothing is covered less than is asked.
#[test]
fn a_basis_taken_over_leads_to_the_same_cost() {
    let mut random = SplitMix64(7);
    let (mut repaired, mut tried) = (0, 0);
    for case in 0..400 {
        let rows = 2 + case % 23;
        let (alone, columns) = covering_program(&mut random, rows);
        let mut demand = || f64::from(u32::try_from(random.draw() % 40).unwrap());
        let [first, second] = [(); 2].map(|()| (0..rows).map(|_| demand()).collect::<Vec<_>>());
        let solved = |demand: &[f64]| {
            let mut master = Master::new(demand, &[], &alone).unwrap();
            master.improve(&columns, 10_000);
            master
        };
        let (before, cold) = (solved(&first), solved(&second));
        let spare = before.spare().map(|(row, _)| Column::surplus(row));
        let used = before.used().map(|(owner, _)| {
            columns.all.iter().find(|column| column.owner == Some(owner)).unwrap().clone()
        });
        let wished: Vec<Column> = spare.chain(used).collect();
        assert_eq!(wished.len(), rows, "all of the basis is told");
        let mut warm = Master::new(&second, &wished, &alone).unwrap();
        let below = warm.values.iter().any(|value| *value < -1e-7);
        tried += usize::from(below);
        if !warm.repair(&columns, 20 * rows) {
            continue;
        }
        repaired += usize::from(below);
        let least = warm.values.iter().copied().fold(0.0, f64::min);
        assert!(least > -1e-6, "case {case}: {least}");
        let (lowest, repaired_at) = (cold.cost(), warm.cost());
        // Columns may cost more for the time being: what comes out is a cover all the same.
        assert!(repaired_at > lowest - 1e-5 * lowest.max(1.0), "case {case}");
        warm.improve(&columns, 10_000);
        let (a, b) = (warm.cost(), lowest);
        assert!((a - b).abs() < 1e-5 * b.max(1.0), "case {case}: {a} and {b}");
    }
    assert!(tried > 200 && repaired * 10 >= tried * 9, "{repaired} of {tried} repaired");
}

#[test]
fn the_inverse_is_that_of_the_basis() {
    let mut random = SplitMix64(11);
    for rows in 1..20 {
        let (alone, columns) = covering_program(&mut random, rows);
        let demand: Vec<f64> = (0_u32..).map(|row| f64::from(row * 7 % 5)).take(rows).collect();
        let mut master = Master::new(&demand, &[], &alone).unwrap();
        master.improve(&columns, 10_000);
        for (row, column) in master.basis.iter().enumerate() {
            for (at, value) in master.direction(column).into_iter().enumerate() {
                let one = f64::from(u8::from(at == row));
                assert!((value - one).abs() < 1e-7, "{rows} rows: {value} at {row}, {at}");
            }
        }
        let squares = master.inverse.squares();
        for (row, square) in squares.into_iter().enumerate() {
            let of = master.inverse.row(row).iter().map(|value| value * value).sum::<f64>();
            assert!((square - of).abs() < 1e-9 * of.max(1.0));
        }
    }
}
