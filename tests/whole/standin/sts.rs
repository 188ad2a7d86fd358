//! Security Token Service: who one is, and how to become another.

use super::caller::{Caller, session_token};
use super::clock::iso;
use super::estate::World;
use super::failure::{Failure, escape};
use super::http::{Answer, form};
use std::collections::BTreeSet;

/// Answers an action.
pub(super) fn answer(
    world: &World,
    caller: &Caller,
    action: &str,
    body: &[u8],
) -> Result<Answer, Failure> {
    let fields = form(&String::from_utf8_lossy(body));
    match action {
        "GetCallerIdentity" => Ok(xml(action, &identity(caller))),
        "AssumeRole" => assume_role(world, caller, &fields).map(|inner| xml(action, &inner)),
        // Of Elastic Load Balancing, which speaks the same way.
        "DescribeTargetGroups" => Ok(xml(action, &target_groups(world, caller))),
        // Of EC2, which has no element around its result.
        "DescribeReservedInstances" => Ok(reserved_instances(world, caller)),
        other => {
            let message = format!("Could not find operation {other} for version 2011-06-15");
            Err(Failure::new("InvalidAction", message))
        }
    }
}

fn xml(action: &str, inner: &str) -> Answer {
    let body = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <{action}Result>{inner}</{action}Result>\
         <ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId>\
         </ResponseMetadata></{action}Response>"
    );
    Answer::new(200, "text/xml", body.into_bytes())
}

fn identity(caller: &Caller) -> String {
    let (arn, account) = (caller.arn(), &caller.account);
    format!("<Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{account}</Account>")
}

fn reserved_instances(world: &World, caller: &Caller) -> Answer {
    let items = &world.region(&caller.account, &caller.region).reserved_instances;
    let items: Vec<String> = items.iter().map(|item| format!("<item>{item}</item>")).collect();
    let body = format!(
        "<DescribeReservedInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>00000000-0000-0000-0000-000000000000</requestId>\
         <reservedInstancesSet>{}</reservedInstancesSet></DescribeReservedInstancesResponse>",
        items.concat()
    );
    Answer::new(200, "text/xml", body.into_bytes())
}

/// The target groups of an account's services, each behind a load balancer of its name.
fn target_groups(world: &World, caller: &Caller) -> String {
    let regions =
        world.estate.regions.iter().filter(|((account, _), _)| *account == caller.account);
    let services = regions.flat_map(|(_, region)| &region.services);
    let balancers = services.filter_map(|service| service["loadBalancers"].as_array()).flatten();
    let arns: BTreeSet<&str> = balancers.filter_map(|one| one["targetGroupArn"].as_str()).collect();
    let group = |arn: &str| {
        let (place, rest) = arn.split_once(":targetgroup/").unwrap_or_default();
        let name = rest.split('/').next().unwrap_or_default();
        format!(
            "<member><TargetGroupArn>{arn}</TargetGroupArn><LoadBalancerArns>\
             <member>{place}:loadbalancer/app/{name}/50dc6c495c0c9188</member></LoadBalancerArns>\
             <Protocol>HTTP</Protocol></member>"
        )
    };
    format!("<TargetGroups>{}</TargetGroups>", arns.into_iter().map(group).collect::<String>())
}

fn assume_role(
    world: &World,
    caller: &Caller,
    fields: &[(String, String)],
) -> Result<String, Failure> {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, is)| &**is);
    let missing = |name: &str| {
        let message =
            format!("1 validation error detected: Value null at '{name}' must not be null");
        Failure::new("ValidationError", message)
    };
    let role = field("RoleArn").ok_or_else(|| missing("roleArn"))?;
    let session = field("RoleSessionName").ok_or_else(|| missing("roleSessionName"))?;
    let account = role.split(':').nth(4).unwrap_or_default();
    let wanted = world.estate.external_ids.get(account).map(String::as_str);
    let trusted = wanted.is_none() || wanted == field("ExternalId");
    if !trusted || !world.estate.has_account(account) {
        let message = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {role}",
            caller.arn()
        );
        return Err(Failure::new("AccessDenied", message).status(403));
    }
    let name = role.rsplit('/').next().unwrap_or_default();
    let lasts = field("DurationSeconds").and_then(|text| text.parse().ok()).unwrap_or(3_600_i64);
    Ok(format!(
        "<AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:{session}</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/{name}/{session}</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIA{account}</AccessKeyId>\
         <SecretAccessKey>testing</SecretAccessKey>\
         <SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>",
        escape(&session_token(account)),
        iso(expiry(world, lasts))
    ))
}

/// Credentials last from the later of the estate's time and the clock's, so that a client
/// that goes by the clock does not find them expired.
fn expiry(world: &World, lasts: i64) -> i64 {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let clock = clock.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0));
    world.estate.now.max(clock) + lasts
}
