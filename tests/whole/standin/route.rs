//! Which service and which operation a request is for.

use super::http::{Request, form};

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// smithy-rpc-v2-cbor.
    Cbor,
    /// awsJson 1.1.
    Json,
    /// REST with JSON bodies.
    RestJson,
    /// Form in, XML out.
    Query,
}

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// As its IAM actions begin.
    pub(super) service: &'static str,
    pub(super) operation: String,
    pub(super) protocol: Protocol,
}

impl Target {
    fn new(service: &'static str, operation: &str, protocol: Protocol) -> Self {
        Self { service, operation: operation.to_owned(), protocol }
    }

    /// Tells the services apart; `None` for what no service has.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let path = &*request.path;
        if let Some(rest) = path.strip_prefix("/service/GraniteServiceVersion20100801/operation/") {
            return Some(Self::new("cloudwatch", rest, Protocol::Cbor));
        }
        if let Some(target) = request.header("x-amz-target") {
            return json_target(target);
        }
        if path.starts_with("/offers/") {
            return Some(Self::new("offers", path, Protocol::RestJson));
        }
        match (&*request.method, path.trim_end_matches('/')) {
            ("GET", "/2015-03-31/functions") => {
                Some(Self::new("lambda", "ListFunctions", Protocol::RestJson))
            }
            ("POST", "/DescribeSavingsPlansOfferingRates" | "/DescribeSavingsPlans") => {
                Some(Self::new("savingsplans", &path[1..], Protocol::RestJson))
            }
            ("POST", "") => query_target(request),
            _ => None,
        }
    }
}

fn json_target(target: &str) -> Option<Target> {
    let (prefix, operation) = target.split_once('.')?;
    let service = match prefix {
        "AmazonEC2ContainerServiceV20141113" => "ecs",
        "AWSPriceListService" => "pricing",
        "AnyScaleFrontendService" => "application-autoscaling",
        _ => return None,
    };
    Some(Target::new(service, operation, Protocol::Json))
}

fn query_target(request: &Request) -> Option<Target> {
    let text = std::str::from_utf8(&request.body).ok()?;
    let fields = form(text);
    let action = fields.iter().find(|(name, _)| name == "Action")?;
    let service = match &*action.1 {
        "DescribeTargetGroups" => "elasticloadbalancing",
        "DescribeReservedInstances" => "ec2",
        _ => "sts",
    };
    Some(Target::new(service, &action.1, Protocol::Query))
}
