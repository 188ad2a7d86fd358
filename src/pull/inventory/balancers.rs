//! Which load balancer stands before a target group: response times are published under
//! both names together.

use super::Found;
use super::functions::encoded;
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::Pages;
use crate::pull::signed::{Ask, Service, text_of};
use std::collections::BTreeMap;

const SERVICE: Service = Service {
    id: "Elastic Load Balancing v2",
    host: "elasticloadbalancing",
    signing_name: "elasticloadbalancing",
    global: false,
};
const DESCRIBE: Operation =
    Operation { name: "DescribeTargetGroups", action: "elasticloadbalancing:DescribeTargetGroups" };
/// Load balancers by target group: `app/web/0123456789abcdef`.
pub(super) type ByGroup = BTreeMap<String, String>;

/// Asks for all target groups, if some service has one: asked for by name, a single one that
/// is gone would hide the others.
pub(super) async fn balancers(client: &Client, all: &[Found]) -> Result<ByGroup, Failure> {
    let mut known = ByGroup::new();
    if all.iter().all(|found| found.identity.target_groups.is_empty()) {
        return Ok(known);
    }
    let mut pages = Pages::new(DESCRIBE, client);
    while let Some(token) = pages.next()? {
        let marker = token.map(|token| format!("&Marker={}", encoded(&token)));
        let marker = marker.unwrap_or_default();
        let body = format!("Action=DescribeTargetGroups&Version=2015-12-01&PageSize=400{marker}");
        let ask = Ask::Form { body };
        let answer = client
            .call(DESCRIBE, Group::Others, || client.signed.send_for_text(SERVICE, &ask))
            .await?;
        known.extend(read(&answer));
        pages.came(text_of(&answer, "NextMarker"));
    }
    Ok(known)
}

/// Hands each target group its load balancer.
pub(super) fn join(all: &mut [Found], known: &ByGroup) {
    for group in all.iter_mut().flat_map(|found| &mut found.identity.target_groups) {
        group.balancer = known.get(&group.arn).cloned();
    }
}

/// Of each target group in the answer its ARN and its first load balancer's name.
fn read(xml: &str) -> Vec<(String, String)> {
    let group = |part: &str| {
        let arn = text_of(part, "TargetGroupArn")?;
        let balancer = text_of(text_of(part, "LoadBalancerArns")?, "member")?;
        let at = balancer.find("loadbalancer/")? + "loadbalancer/".len();
        Some((arn.to_owned(), balancer[at..].to_owned()))
    };
    // The group's ARN is its first element; those of others do not come before it.
    xml.split("<TargetGroupArn>")
        .skip(1)
        .filter_map(|part| group(&format!("<TargetGroupArn>{part}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn groups_are_read_with_their_balancers() {
        let group = |name: &str, balancers: &str| {
            format!(
                "<member><TargetGroupArn>arn:tg/{name}</TargetGroupArn><Port>80</Port>\
                 <LoadBalancerArns>{balancers}</LoadBalancerArns></member>"
            )
        };
        let xml =
            group("web", "<member>arn:aws:elasticloadbalancing:r:1:loadbalancer/app/lb/7</member>")
                + &group("alone", "")
                + &group(
                    "net",
                    "<member>arn:aws:elasticloadbalancing:r:1:loadbalancer/net/n/8</member>",
                );
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(read(&xml), [pair("arn:tg/web", "app/lb/7"), pair("arn:tg/net", "net/n/8")]);
        assert_eq!(read("no XML at all"), []);
    }
}
