//! Partitions of AWS: regions that share accounts, ARNs and a domain.

/// By the beginning of their regions' names; the domain is that of the SDKs' own table,
/// which a test holds this one against.
const OTHERS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
];

fn of(region: &str) -> (&'static str, &'static str) {
    let other = OTHERS.iter().find(|(prefix, _, _)| region.starts_with(prefix));
    other.map_or(("aws", "amazonaws.com"), |(_, name, domain)| (name, domain))
}

/// As ARNs name it: `aws`, `aws-cn` and so on.
pub(super) fn partition(region: &str) -> &'static str {
    of(region).0
}

/// The domain of its services.
pub(super) fn domain(region: &str) -> &'static str {
    of(region).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ecs::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

    #[test]
    fn domains_are_those_of_the_clients() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for region in [
            "eu-west-1",
            "us-east-1",
            "cn-north-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "us-isof-south-1",
        ] {
            let parameters = Params::builder().region(region).build().unwrap();
            let endpoint = runtime.block_on(DefaultResolver::new().resolve_endpoint(&parameters));
            let domain = domain(region);
            assert_eq!(endpoint.unwrap().url(), format!("https://ecs.{region}.{domain}"));
        }
    }
}
