use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::config::Rate;

/// So many clients are told apart. Two that fall together share a rate, and the memory (2 MiB)
/// stays the same whatever addresses somebody comes up with.
const BUCKETS: usize = 1 << 18;

/// How often each client may ask (the generic cell rate algorithm).
///
/// A bucket fills by one interval with each request and empties as time passes. All of its state is
/// the time at which it will be empty, so that nothing has to be locked, or tidied up.
pub(super) struct RateLimit {
    start: Instant,
    hasher: RandomState,
    /// When each bucket will be empty, since the start.
    empty_at_ns: Box<[AtomicU64]>,
    /// How much time a request takes up.
    interval_ns: u64,
    /// How full a bucket may be for one more request.
    room_ns: u64,
}

impl RateLimit {
    pub(super) fn new(rate: Rate) -> Self {
        let interval_ns = 1_000_000_000 / u64::from(rate.per_second.get());
        Self {
            start: Instant::now(),
            hasher: RandomState::new(),
            empty_at_ns: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            interval_ns,
            room_ns: interval_ns * u64::from(rate.burst.get() - 1),
        }
    }

    /// Counts a request, unless it is one too many: then how long the client has to wait.
    pub(super) fn check(&self, client: IpAddr) -> Result<(), Duration> {
        self.check_at(client, self.start.elapsed())
    }

    fn check_at(&self, client: IpAddr, since_start: Duration) -> Result<(), Duration> {
        let now_ns = u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX);
        let add = |empty_at_ns: u64| {
            let filled_ns = empty_at_ns.saturating_sub(now_ns);
            (filled_ns <= self.room_ns).then_some(now_ns + filled_ns + self.interval_ns)
        };
        self.bucket(client)
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add)
            .map(drop)
            .map_err(|empty_at_ns| Duration::from_nanos(empty_at_ns - now_ns - self.room_ns))
    }

    fn bucket(&self, client: IpAddr) -> &AtomicU64 {
        let hash = self.hasher.hash_one(network(client));
        let index = usize::try_from(hash % BUCKETS as u64).unwrap_or_default();
        &self.empty_at_ns[index]
    }
}

/// With IPv6, a client has all the addresses of a network, a /64.
fn network(client: IpAddr) -> u64 {
    match client {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    const ADA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const EVE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn limit(per_second: u32, burst: u32) -> RateLimit {
        let number = |number| NonZeroU32::new(number).expect("more than 0");
        RateLimit::new(Rate {
            per_second: number(per_second),
            burst: number(burst),
        })
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn after_a_burst_the_rate_holds() {
        let limit = limit(10, 3);
        let check = |at| limit.check_at(ADA, ms(at));
        assert_eq!([check(5), check(5), check(5)], [Ok(()); 3]);
        assert_eq!(check(5), Err(ms(100)));
        assert_eq!(check(65), Err(ms(40)));
        assert_eq!([check(105), check(105)], [Ok(()), Err(ms(100))]);
        // Who has waited long enough has the whole burst again, and no more than that.
        assert_eq!([check(9_000), check(9_000), check(9_000)], [Ok(()); 3]);
        assert_eq!(check(9_000), Err(ms(100)));
    }

    #[test]
    fn a_refused_request_costs_nothing() {
        let limit = limit(1, 1);
        assert_eq!(limit.check_at(ADA, ms(0)), Ok(()));
        for _ in 0..1_000 {
            assert_eq!(limit.check_at(ADA, ms(400)), Err(ms(600)));
        }
        assert_eq!(limit.check_at(ADA, ms(1_000)), Ok(()));
    }

    #[test]
    fn clients_do_not_count_for_each_other() {
        let limit = limit(1, 1);
        assert_eq!(limit.check_at(ADA, ms(0)), Ok(()));
        assert!(limit.check_at(ADA, ms(0)).is_err());
        assert_eq!(limit.check_at(EVE, ms(0)), Ok(()));
    }

    #[test]
    fn the_addresses_of_one_network_are_one_client() {
        let address = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:0:0:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_ne!(network(ADA), network(EVE));
    }
}
