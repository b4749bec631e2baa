//! Which addresses this server calls for its users: those of the public internet, and no other (RFC 6890 and the IANA
//! registries of special-purpose addresses). What a user types must not reach what only this machine reaches.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::config;

/// May the address be called?
pub fn allows(address: IpAddr, allow: &[IpNet]) -> bool {
    is_public(address) || config::within(allow, address)
}

/// Is it an address of the public internet, which says the same to everybody?
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Networks of IPv4 that are not called: base and length.
const V4: [([u8; 4], u32); 17] = [
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // behind the NAT of a carrier; metadata of clouds too
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // the host of a machine at Azure
    ([169, 254, 0, 0], 16),   // link-local; metadata of clouds
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 31, 196, 0], 24),  // AS112
    ([192, 52, 193, 0], 24),  // AMT
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([192, 175, 48, 0], 24),  // AS112
    ([198, 18, 0, 0], 15),    // benchmarking
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    let inside = |(base, length): &([u8; 4], u32)| {
        let mask = u32::MAX << (32 - length);
        bits & mask == u32::from_be_bytes(*base) & mask
    };
    // From 224.0.0.0 on: multicast, reserved, broadcast.
    address.octets()[0] < 224 && !V4.iter().any(inside)
}

/// Networks inside of 2000::/3 that are not called. Outside of it nothing is: neither loopback, mapped and translated
/// IPv4 (::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48), unique local (fc00::/7), link-local, site-local nor multicast.
const V6: [([u16; 3], u32); 5] = [
    ([0x2001, 0, 0], 23), // protocol assignments: Teredo, benchmarking, ORCHID, …
    ([0x2001, 0xdb8, 0], 32), // documentation
    ([0x2002, 0, 0], 16), // 6to4: an IPv4 address inside
    ([0x2620, 0x4f, 0x8000], 48), // AS112
    ([0x3fff, 0, 0], 20), // documentation
];

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let inside = |([a, b, c], length): &([u16; 3], u32)| {
        let base = Ipv6Addr::new(*a, *b, *c, 0, 0, 0, 0, 0).to_bits();
        let mask = u128::MAX << (128 - length);
        bits & mask == base & mask
    };
    address.segments()[0] & 0xe000 == 0x2000 && !V6.iter().any(inside)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn every_special_network_is_refused_to_both_its_ends_and_no_further() {
        // Network, and the neighbours of its ends where those are public.
        let networks = [
            ("0.0.0.0/8", None, Some("1.0.0.0")),
            ("10.0.0.0/8", Some("9.255.255.255"), Some("11.0.0.0")),
            ("100.64.0.0/10", Some("100.63.255.255"), Some("100.128.0.0")),
            ("127.0.0.0/8", Some("126.255.255.255"), Some("128.0.0.0")),
            (
                "168.63.129.16/32",
                Some("168.63.129.15"),
                Some("168.63.129.17"),
            ),
            (
                "169.254.0.0/16",
                Some("169.253.255.255"),
                Some("169.255.0.0"),
            ),
            ("172.16.0.0/12", Some("172.15.255.255"), Some("172.32.0.0")),
            ("192.0.0.0/24", Some("191.255.255.255"), Some("192.0.1.0")),
            ("192.0.2.0/24", Some("192.0.1.255"), Some("192.0.3.0")),
            ("192.31.196.0/24", None, None),
            ("192.52.193.0/24", None, None),
            (
                "192.88.99.0/24",
                Some("192.88.98.255"),
                Some("192.88.100.0"),
            ),
            (
                "192.168.0.0/16",
                Some("192.167.255.255"),
                Some("192.169.0.0"),
            ),
            ("192.175.48.0/24", None, None),
            ("198.18.0.0/15", Some("198.17.255.255"), Some("198.20.0.0")),
            (
                "198.51.100.0/24",
                Some("198.51.99.255"),
                Some("198.51.101.0"),
            ),
            ("203.0.113.0/24", Some("203.0.112.255"), Some("203.0.114.0")),
            ("224.0.0.0/4", Some("223.255.255.255"), None),
            ("240.0.0.0/4", None, None),
            ("::/96", None, None),
            ("::ffff:0:0/96", None, None),
            ("64:ff9b::/96", None, None),
            ("64:ff9b:1::/48", None, None),
            ("100::/64", None, None),
            ("2001::/32", None, None),
            ("2001:2::/48", None, None),
            ("2001:10::/28", None, None),
            ("2001:20::/28", None, Some("2001:200::")),
            ("2001:db8::/32", Some("2001:db7:ffff::"), Some("2001:db9::")),
            ("2002::/16", Some("2001:ffff::"), Some("2003::")),
            ("3fff::/20", Some("3ffe:ffff::"), Some("3fff:1000::")),
            ("5f00::/16", None, None),
            ("fc00::/7", None, None),
            ("fe80::/10", None, None),
            ("fec0::/10", None, None),
            ("ff00::/8", None, None),
        ];
        for (network, before, after) in networks {
            let parsed: IpNet = network.parse().unwrap();
            for end in [parsed.network(), parsed.broadcast()] {
                assert!(!is_public(end), "{network}: {end}");
            }
            for neighbour in [before, after].into_iter().flatten() {
                assert!(public(neighbour), "{network}: {neighbour}");
            }
        }
    }

    #[test]
    fn addresses_by_name_of_what_they_would_open() {
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "169.254.169.254", // AWS, GCP, Azure, …
            "169.254.170.2",   // ECS
            "100.100.100.200", // Alibaba
            "192.0.0.192",     // Oracle
            "168.63.129.16",   // Azure's host
            "fd00:ec2::254",   // AWS
            "fd20:ce::254",    // GCP
            "::1",
            "::",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:0:7f00:1::",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!public(address), "{address}");
        }
        for address in [
            "8.8.8.8",
            "1.1.1.1",
            "2606:4700::1111",
            "2a00:1450:4001::200e",
        ] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn what_is_allowed_may_be_called_and_nothing_beside_it() {
        let allow = ["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let allows = |text: &str| allows(text.parse().unwrap(), &allow);
        assert!(allows("10.1.2.3") && allows("::ffff:10.1.2.3") && allows("fd12::1"));
        assert!(allows("8.8.8.8") && !allows("10.2.0.1") && !allows("127.0.0.1"));
    }

    proptest! {
        /// However an IPv4 address is wrapped into IPv6, it is never called by that way.
        #[test]
        fn no_ipv4_address_hides_in_ipv6(bits: u32) {
            let [a, b, c, d] = bits.to_be_bytes().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            for wrapped in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !high, !low),
            ] {
                prop_assert!(!is_public(wrapped.into()), "{wrapped}");
            }
        }

        /// The standard library's own predicates never call something special that we take for public.
        #[test]
        fn agrees_with_the_standard_library(v4: u32, v6: u128) {
            let (v4, v6) = (Ipv4Addr::from_bits(v4), Ipv6Addr::from_bits(v6));
            if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified() {
                prop_assert!(!is_public(v4.into()));
            }
            if v6.is_loopback() || v6.is_multicast() || v6.is_unspecified()
                || v6.is_unique_local() || v6.is_unicast_link_local() {
                prop_assert!(!is_public(v6.into()));
            }
        }
    }
}
