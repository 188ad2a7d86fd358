//! Placement constraints: ECS's cluster query language, held against an instance type.
//!
//! Grammar: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html>

mod parse;

use crate::model::{Architecture, InstanceOffer};
use regex_lite::Regex;

/// Holds on an instance or not.
#[derive(Clone, Debug)]
pub struct Expression(Node);

#[derive(Clone, Debug)]
enum Node {
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Is { subject: String, test: Test },
}

#[derive(Clone, Debug)]
enum Test {
    Equals(String),
    Compare { value: String, order: Comparison },
    In(Vec<String>),
    Matches(Regex),
    Exists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    #[error("ends where {0} is expected")]
    Ends(&'static str),
    #[error("{found:?} stands where {expected} is expected")]
    Unexpected { found: String, expected: &'static str },
    #[error("{0:?} is no regular expression that is understood")]
    Pattern(String),
    #[error("is nested too deeply")]
    Deep,
}

/// What is known of an instance type before there is an instance of it.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    pub instance_type: &'a str,
    pub architecture: Architecture,
}

impl<'a> Attributes<'a> {
    /// Nothing where the type's shape is not known.
    #[must_use]
    pub fn of(offer: &'a InstanceOffer) -> Option<Self> {
        let architecture = offer.shape?.architecture;
        Some(Attributes { instance_type: &offer.instance_type, architecture })
    }

    /// Nothing for what only an instance that runs has: a zone, tasks, attributes of one's own.
    fn value(&self, subject: &str) -> Option<&str> {
        match subject {
            "attribute:ecs.instance-type" => Some(self.instance_type),
            "attribute:ecs.cpu-architecture" => Some(match self.architecture {
                Architecture::X86 => "x86_64",
                Architecture::Arm => "arm64",
            }),
            "attribute:ecs.os-type" => Some("linux"),
            "agentConnected" => Some("true"),
            _ => None,
        }
    }
}

impl Expression {
    /// # Errors
    /// [`ExpressionError`] says what is not of the language.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        parse::expression(text).map(Expression)
    }

    /// Whether it holds; nothing where that depends on what is not known.
    #[must_use]
    pub fn holds(&self, attributes: Attributes<'_>) -> Option<bool> {
        self.0.holds(attributes)
    }
}

impl Node {
    /// With three values, as Kleene has them.
    fn holds(&self, attributes: Attributes<'_>) -> Option<bool> {
        let whether = |nodes: &[Node], decides: bool| {
            let values: Vec<_> = nodes.iter().map(|node| node.holds(attributes)).collect();
            if values.contains(&Some(decides)) {
                return Some(decides);
            }
            values.iter().all(Option::is_some).then_some(!decides)
        };
        match self {
            Node::Not(node) => node.holds(attributes).map(|holds| !holds),
            Node::All(nodes) => whether(nodes, false),
            Node::Any(nodes) => whether(nodes, true),
            Node::Is { subject, test } => test.holds(attributes.value(subject)?),
        }
    }
}

impl Test {
    fn holds(&self, value: &str) -> Option<bool> {
        match self {
            Test::Equals(other) => Some(value == other),
            Test::In(others) => Some(others.iter().any(|other| value == other)),
            Test::Matches(pattern) => Some(pattern.is_match(value)),
            Test::Exists => Some(true),
            Test::Compare { value: other, order } => {
                let (one, other): (f64, f64) = (value.parse().ok()?, other.parse().ok()?);
                Some(match order {
                    Comparison::Greater => one > other,
                    Comparison::GreaterOrEqual => one >= other,
                    Comparison::Less => one < other,
                    Comparison::LessOrEqual => one <= other,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, instance_type: &str, architecture: Architecture, expected: Option<bool>) {
        let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let attributes = Attributes { instance_type, architecture };
        assert_eq!(expression.holds(attributes), expected, "{text} on {instance_type}");
    }

    #[test]
    fn expressions_of_the_documentation_hold_where_they_should() {
        let x86 = Architecture::X86;
        check("attribute:ecs.instance-type == t2.small", "t2.small", x86, Some(true));
        check("attribute:ecs.instance-type == t2.small", "t2.large", x86, Some(false));
        check("attribute:ecs.instance-type =~ g2.*", "g2.2xlarge", x86, Some(true));
        check("attribute:ecs.instance-type =~ g2.*", "m5.large", x86, Some(false));
        // The whole name, not a part of it.
        check("attribute:ecs.instance-type matches 5.large", "m5.large", x86, Some(false));
        check("attribute:ecs.instance-type !~ (t|m).*", "m5.large", x86, Some(false));
        check("attribute:ecs.instance-type in [t2.small,t2.medium]", "t2.medium", x86, Some(true));
        check(
            "attribute:ecs.instance-type !in [ t2.small , 't2.medium' ]",
            "c5.x",
            x86,
            Some(true),
        );
        check(
            "attribute:ecs.cpu-architecture == arm64",
            "m7g.large",
            Architecture::Arm,
            Some(true),
        );
        check("attribute:ecs.cpu-architecture equals x86_64", "m5.large", x86, Some(true));
        check("attribute:ecs.os-type == linux and agentConnected == true", "m5.x", x86, Some(true));
        check("attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", "m5.large", x86, None);
        check("not(task:group == database)", "m5.large", x86, None);
        check("attribute:stack exists", "m5.large", x86, None);
        check("attribute:ecs.instance-type exists", "m5.large", x86, Some(true));
        check("attribute:ecs.instance-type !exists", "m5.large", x86, Some(false));
    }

    #[test]
    fn what_is_not_known_does_not_decide() {
        let x86 = Architecture::X86;
        let is_t = "attribute:ecs.instance-type =~ t2.*";
        let zone = "attribute:ecs.availability-zone != us-east-1d";
        check(&format!("{is_t} and {zone}"), "t2.small", x86, None);
        check(&format!("{is_t} && {zone}"), "m5.large", x86, Some(false));
        check(&format!("{is_t} or {zone}"), "t2.small", x86, Some(true));
        check(&format!("{is_t} || {zone}"), "m5.large", x86, None);
        check(&format!("!({is_t} and {zone})"), "m5.large", x86, Some(true));
        // "and" binds closer than "or".
        check(&format!("{is_t} or {is_t} and not {is_t}"), "t2.small", x86, Some(true));
        check("runningTasksCount > 1", "t2.small", x86, None);
    }

    #[test]
    fn what_is_not_of_the_language_is_named() {
        let said = |text: &str| Expression::parse(text).unwrap_err().to_string();
        assert_eq!(said(""), "ends where a subject is expected");
        assert_eq!(said("attribute:a"), "ends where an operator is expected");
        assert_eq!(said("attribute:a is b"), "\"is\" stands where an operator is expected");
        assert_eq!(said("attribute:a =="), "ends where a value is expected");
        assert_eq!(said("attribute:a in b"), "\"b\" stands where [ is expected");
        assert_eq!(said("attribute:a in [b"), "ends where ] is expected");
        assert_eq!(said("(attribute:a == b"), "ends where ) is expected");
        assert_eq!(said("attribute:a == b c"), "\"c\" stands where and, or or the end is expected");
        assert_eq!(said("attribute:a =~ [("), "\"[(\" is no regular expression that is understood");
        assert_eq!(said(&"(".repeat(100_000)), "is nested too deeply");
        assert_eq!(said(&"!".repeat(100_000)), "is nested too deeply");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[a-z:=!~<>&|()\\[\\], .'*\\\\+?{}é]{0,40}") {
            if let Ok(expression) = Expression::parse(&text) {
                let on = Attributes { instance_type: "m5.large", architecture: Architecture::X86 };
                let _ = expression.holds(on);
            }
        }
    }
}
