//! Regression of probabilities and shares: ridge, with signs that are known beforehand.
//!
//! Newton's method on the likelihood (binomial, or its quasi form for shares, as Papke and
//! Wooldridge 1996), coefficients held at nothing where they would have the wrong sign.

/// How a sum becomes a probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Logit,
    /// `1 - exp(-exp(sum))`: the probability of at least one point of a Poisson process.
    ComplementaryLogLog,
}

/// What a coefficient may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Any,
    /// Not below nothing.
    Up,
    /// Not above nothing.
    Down,
}

/// One outcome: what was known, what became of it (0 to 1), and how much it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Example<const N: usize> {
    pub features: [f64; N],
    pub outcome: f64,
    pub weight: f64,
}

impl Link {
    #[must_use]
    pub fn mean(self, sum: f64) -> f64 {
        match self {
            Link::Logit => 1.0 / (1.0 + (-sum).exp()),
            Link::ComplementaryLogLog => -(-sum.min(LARGEST_SUM).exp()).exp_m1(),
        }
    }

    /// Log-likelihood, its slope, and its curvature (positive) in the sum.
    fn likelihood(self, sum: f64, outcome: f64) -> (f64, f64, f64) {
        match self {
            Link::Logit => {
                let mean = self.mean(sum);
                // ln(1 + exp(sum)) without overflow.
                let softplus = sum.max(0.0) + (-sum.abs()).exp().ln_1p();
                (outcome * sum - softplus, outcome - mean, mean * (1.0 - mean))
            }
            Link::ComplementaryLogLog => {
                let rate = sum.clamp(-30.0, LARGEST_SUM).exp();
                let none = (-rate).exp();
                let some = -(-rate).exp_m1();
                let value = outcome * some.max(1e-300).ln() - (1.0 - outcome) * rate;
                let slope = outcome * rate * none / some - (1.0 - outcome) * rate;
                // Fisher's information: the expected curvature.
                (value, slope, rate * rate * none / some)
            }
        }
    }
}

const LARGEST_SUM: f64 = 6.0;
const STEPS: usize = 200;
const ENOUGH: f64 = 1e-10;

pub(super) fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The coefficients that make the outcomes likeliest, less `ridge` times their squares (the
/// first coefficient, the constant, goes free).
#[must_use]
pub fn fit<const N: usize>(
    examples: &[Example<N>],
    link: Link,
    signs: &[Sign; N],
    ridge: f64,
) -> [f64; N] {
    let total: f64 = examples.iter().map(|one| one.weight).sum();
    let value = |at: &[f64; N]| {
        let sum: f64 = examples
            .iter()
            .map(|one| one.weight * link.likelihood(dot(at, &one.features), one.outcome).0)
            .sum();
        sum / total - ridge * at[1..].iter().map(|b| b * b).sum::<f64>()
    };
    let mut at = [0.0; N];
    at[0] = -1.0;
    let mut best = value(&at);
    for _ in 0..STEPS {
        let (slope, curvature) = derivatives(examples, link, total, ridge, &at);
        let step = newton(&slope, &curvature, signs, &at);
        let mut length = 1.0;
        let moved = loop {
            let mut next = at;
            for place in 0..N {
                next[place] = held(at[place] + length * step[place], signs[place]);
            }
            let reached = value(&next);
            if reached > best {
                let gain = reached - best;
                (at, best) = (next, reached);
                break gain;
            }
            length /= 2.0;
            if length < 1e-6 {
                break 0.0;
            }
        };
        if moved < ENOUGH {
            break;
        }
    }
    at
}

fn held(value: f64, sign: Sign) -> f64 {
    match sign {
        Sign::Any => value,
        Sign::Up => value.max(0.0),
        Sign::Down => value.min(0.0),
    }
}

fn derivatives<const N: usize>(
    examples: &[Example<N>],
    link: Link,
    total: f64,
    ridge: f64,
    at: &[f64; N],
) -> ([f64; N], [[f64; N]; N]) {
    let (mut slope, mut curvature) = ([0.0; N], [[0.0; N]; N]);
    for one in examples {
        let (first, second) = {
            let (_, first, second) = link.likelihood(dot(at, &one.features), one.outcome);
            (first * one.weight / total, second * one.weight / total)
        };
        for (row, feature) in one.features.iter().enumerate() {
            slope[row] += first * feature;
            let scaled = second * feature;
            for (entry, other) in curvature[row].iter_mut().zip(&one.features) {
                *entry += scaled * other;
            }
        }
    }
    for row in 0..N {
        if row > 0 {
            slope[row] -= 2.0 * ridge * at[row];
            curvature[row][row] += 2.0 * ridge;
        }
        curvature[row][row] += 1e-9;
    }
    (slope, curvature)
}

/// The step to the top of the parabola, among the coefficients that are free to move: one
/// that stands at nothing and would go to the wrong side stays.
fn newton<const N: usize>(
    slope: &[f64; N],
    curvature: &[[f64; N]; N],
    signs: &[Sign; N],
    at: &[f64; N],
) -> [f64; N] {
    let stays = |place: usize| {
        at[place] == 0.0
            && match signs[place] {
                Sign::Any => false,
                Sign::Up => slope[place] < 0.0,
                Sign::Down => slope[place] > 0.0,
            }
    };
    let free: Vec<usize> = (0..N).filter(|place| !stays(*place)).collect();
    let matrix: Vec<Vec<f64>> = free
        .iter()
        .map(|row| free.iter().map(|column| curvature[*row][*column]).collect())
        .collect();
    let right: Vec<f64> = free.iter().map(|place| slope[*place]).collect();
    let mut step = [0.0; N];
    for (place, value) in free.iter().zip(solved(matrix, right)) {
        step[*place] = value;
    }
    step
}

/// Gauss's elimination with the largest pivot first; the matrix is positive definite.
fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let count = right.len();
    for column in 0..count {
        let largest = (column..count)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))
            .unwrap_or(column);
        matrix.swap(column, largest);
        right.swap(column, largest);
        let pivot = matrix[column].clone();
        for row in column + 1..count {
            let factor = matrix[row][column] / pivot[column];
            for (entry, above) in matrix[row].iter_mut().zip(&pivot).skip(column) {
                *entry -= factor * above;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..count).rev() {
        let known: f64 = (row + 1..count).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}
