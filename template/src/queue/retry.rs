//! How long to wait before a task is tried again.

use std::time::Duration;

use rand::Rng;

/// The delay before a retry, `attempts` attempts having failed: base × ln((n + 2)(n + 1)) for
/// retry n, counted from 0, and up to 20 % more or less, so that what failed together does not
/// come back together. With a base of 10 s: 7, 18, 25, 30 s …
pub(super) fn delay(base: Duration, attempts: u32) -> Duration {
    let jitter = rand::rng().random_range(0.8..=1.2);
    base.mul_f64(factor(attempts) * jitter)
}

fn factor(attempts: u32) -> f64 {
    let retry = f64::from(attempts.max(1) - 1);
    ((retry + 2.0) * (retry + 1.0)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_with_the_attempts() {
        let seconds: Vec<f64> = (1..=4).map(|attempts| 10.0 * factor(attempts)).collect();
        for (actual, expected) in seconds.iter().zip([6.93, 17.92, 24.85, 29.96]) {
            assert!(
                (actual - expected).abs() < 0.01,
                "{actual} is not {expected}"
            );
        }
    }

    #[test]
    fn the_jitter_is_at_most_a_fifth() {
        for _ in 0..1_000 {
            let seconds = delay(Duration::from_secs(10), 1).as_secs_f64();
            assert!((5.5..=8.4).contains(&seconds), "{seconds}");
        }
    }
}
