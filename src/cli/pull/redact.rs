//! Pseudonyms: the same name always gets the same one, and without the key nobody can
//! find out which name it was.

use crate::model::{Finding, Instance, Part, PlacementConstraint, Workload};
use crate::pull::{Found, Place};
use crate::store::digest;
use std::collections::BTreeMap;

/// Replaces names, if that was asked for.
pub(super) struct Redactor {
    /// Hexadecimal.
    key: Option<String>,
    /// Every name that was replaced, for texts in which names stand.
    seen: BTreeMap<String, String>,
}

impl Redactor {
    pub const fn new(key: Option<String>) -> Self {
        Redactor { key, seen: BTreeMap::new() }
    }

    pub const fn is_on(&self) -> bool {
        self.key.is_some()
    }

    /// `service-1f3a...` for a service's name; the name itself where nothing is redacted.
    fn name(&mut self, kind: &str, name: &str) -> String {
        let Some(key) = &self.key else { return name.to_owned() };
        let pseudonym = format!("{kind}-{}", &digest(format!("{key}\0{name}").as_bytes())[..12]);
        // Texts name services and clusters; a container of the same name comes second.
        if kind == "container" {
            self.seen.entry(name.to_owned()).or_insert_with(|| pseudonym.clone());
        } else {
            self.seen.insert(name.to_owned(), pseudonym.clone());
        }
        pseudonym
    }

    pub fn account(&mut self, account: &str) -> String {
        self.name("account", account)
    }

    pub fn place(&mut self, place: &Place) -> Place {
        Place { account: self.account(&place.account), region: place.region.clone() }
    }

    pub fn cluster(&mut self, cluster: &str) -> String {
        self.name("cluster", cluster)
    }

    /// A workload under its pseudonym, without what could give it away.
    pub fn workload(&mut self, found: &Found, place: &Place) -> Workload {
        self.named(&found.workload, place, [&found.identity.cluster, &found.identity.name])
    }

    /// The same of one that is known from before.
    pub fn known(&mut self, workload: &Workload) -> Workload {
        let place = Place {
            account: workload.account.clone().unwrap_or_default(),
            region: workload.region.clone().unwrap_or_default(),
        };
        let name = workload.id.rsplit('/').next().unwrap_or_default();
        self.named(workload, &place, [workload.cluster.as_deref().unwrap_or_default(), name])
    }

    fn named(
        &mut self,
        workload: &Workload,
        place: &Place,
        [cluster, name]: [&str; 2],
    ) -> Workload {
        let workload = workload.clone();
        if self.key.is_none() {
            return workload;
        }
        let account = self.account(&place.account);
        let cluster = self.name("cluster", cluster);
        let name = self.name("name", name);
        let id = workload.id.as_str();
        let long = format!("{place}/");
        let (prefix, short) = match id.strip_prefix(&long) {
            Some(short) => (format!("{account}/{}/", place.region), short),
            None => (String::new(), id),
        };
        let id = if short.starts_with("lambda/") {
            format!("{prefix}lambda/{name}")
        } else if short.split('/').count() > 2 {
            format!("{prefix}{cluster}/task/{name}")
        } else {
            format!("{prefix}{cluster}/{name}")
        };
        let mut workload = Workload {
            account: Some(account),
            cluster: workload.cluster.as_ref().map(|_| cluster),
            environment: None,
            tags: BTreeMap::new(),
            id,
            ..workload
        };
        for container in &mut workload.containers {
            container.name = self.name("container", &container.name);
            container.image = None;
        }
        for launch in &mut workload.launch {
            launch.provider = launch.provider.take().map(|one| self.name("provider", &one));
        }
        if let Some(host) = &mut workload.host {
            for constraint in &mut host.placement_constraints {
                if let PlacementConstraint::MemberOf { expression } = constraint
                    && !of_aws_alone(expression)
                {
                    "(redacted)".clone_into(expression);
                }
            }
        }
        for size in &mut workload.sizes {
            size.revision = self.name("revision", &size.revision);
        }
        if let Some(scaling) = &mut workload.scaling {
            for policy in &mut scaling.policies {
                policy.name = self.name("policy", &policy.name);
                policy.metric = policy.metric.take().filter(|one| {
                    one.starts_with("ECSService") || one == "ALBRequestCountPerTarget"
                });
                for alarm in policy.steps.iter_mut().flat_map(|steps| &mut steps.alarms) {
                    alarm.metric = alarm.metric.take().filter(|one| one.starts_with("AWS/"));
                }
            }
            for schedule in &mut scaling.schedules {
                schedule.name = self.name("schedule", &schedule.name);
            }
        }
        workload
    }

    /// A part of a workload, under the pseudonym that its container has there.
    pub fn part(&mut self, part: &Part) -> Part {
        match part {
            Part::Container(name) => Part::Container(self.name("container", name)),
            Part::Task(id) => Part::Task(self.name("task", id)),
        }
    }

    pub fn instance(&mut self, instance: &Instance) -> Instance {
        if self.key.is_none() {
            return instance.clone();
        }
        Instance {
            account: self.account(&instance.account),
            cluster: self.name("cluster", &instance.cluster),
            ec2_instance_id: None,
            capacity_provider: instance
                .capacity_provider
                .as_ref()
                .map(|one| self.name("provider", one)),
            ..instance.clone()
        }
    }

    /// A finding in which names stand in the text.
    pub fn finding(&self, finding: Finding) -> Finding {
        if self.key.is_none() {
            return finding;
        }
        let subject = finding.subject.as_deref().map(|text| self.text(text));
        let detail = self.text(&finding.detail);
        Finding { subject, detail, ..finding }
    }

    /// Known names are replaced by their pseudonyms, longer ones first and each once; then
    /// ARNs and whatever else looks like an account's number go.
    fn text(&self, text: &str) -> String {
        let mut names: Vec<(&String, &String)> =
            self.seen.iter().filter(|(name, _)| !name.is_empty()).collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let is_pseudonym = |word: &str| self.seen.values().any(|one| one == word);
        let part = |part: &str| {
            if is_pseudonym(part) {
                return part.to_owned();
            }
            match names.iter().find(|(name, _)| part == name.as_str()) {
                Some((_, pseudonym)) => (*pseudonym).clone(),
                None if is_account(part) => "(account)".to_owned(),
                None => part.to_owned(),
            }
        };
        let word = |word: &str| {
            if word.contains("arn:") {
                return "(redacted)".to_owned();
            }
            // Names are parts of words between marks that are in no name.
            split_keeping(word).iter().map(|one| part(one)).collect()
        };
        text.split(' ').map(word).collect::<Vec<String>>().join(" ")
    }
}

/// Does a placement constraint name nothing but what AWS gives every instance?
fn of_aws_alone(expression: &str) -> bool {
    let mut names = expression.match_indices(':');
    names.all(|(at, _)| {
        let known = ["ecs.instance-type", "ecs.cpu-architecture", "ecs.os-type"];
        expression[..at].ends_with("attribute")
            && known.iter().any(|name| expression[at + 1..].starts_with(name))
    }) && expression.contains(':')
        && !expression.contains("ec2InstanceId")
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The parts of a word that may be names, and the marks between them, in order.
fn split_keeping(text: &str) -> Vec<&str> {
    let in_names = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(mark) = rest.chars().position(|letter| !in_names(letter)) {
        let (start, letter) = rest.char_indices().nth(mark).expect("it was found there");
        let end = start + letter.len_utf8();
        parts.extend([&rest[..start], &rest[start..end]]);
        rest = &rest[end..];
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Code;

    #[test]
    fn a_name_is_found_between_any_marks() {
        let mut redactor = Redactor::new(Some("key".to_owned()));
        let web = redactor.name("name", "web_1-a");
        let said = "denied on cluster web_1-a. See service=web_1-a [web_1-a] account 111122223333.";
        let finding = redactor.finding(Finding::new(Code::PullFailed, said));
        assert_eq!(
            finding.detail,
            format!("denied on cluster {web}. See service={web} [{web}] account (account).")
        );
    }

    #[test]
    fn findings_keep_their_pseudonyms_and_lose_everything_else() {
        let mut redactor = Redactor::new(Some("key".to_owned()));
        let db = redactor.name("name", "db");
        let prod = redactor.name("cluster", "prod");
        let account = redactor.account("123456789012");
        let subject = format!("{prod}/{db}");
        let finding = Finding::new(
            Code::PullFailed,
            "User: arn:aws:iam::123456789012:user/x in 123456789012/eu-west-1 may not see prod, db: debt",
        );
        let finding = redactor.finding(finding.about(subject.clone()));
        assert_eq!(finding.subject, Some(subject), "a pseudonym stays");
        let expected =
            format!("User: (redacted) in {account}/eu-west-1 may not see {prod}, {db}: debt");
        assert_eq!(finding.detail, expected);
    }
}
