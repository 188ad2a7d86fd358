//! Errors, in the shape of each protocol.

use super::http::Answer;
use super::route::{Protocol, Target};
use serde_json::{Value, json};

/// An error that a service answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    /// Its name in the older query protocol, where `CloudWatch` tells that too.
    pub(super) query_code: Option<&'static str>,
}

impl Failure {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into(), query_code: None }
    }

    pub(super) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) fn query_code(self, code: &'static str) -> Self {
        Self { query_code: Some(code), ..self }
    }

    /// The error as an answer of this service.
    pub(super) fn answer(&self, target: &Target) -> Answer {
        match target.protocol {
            Protocol::Cbor => self.cbor(),
            Protocol::Json => self.json(target),
            Protocol::RestJson => self.rest_json(target),
            Protocol::Query => self.query(),
        }
    }

    fn cbor(&self) -> Answer {
        let body = json!({
            "__type": format!("com.amazonaws.cloudwatch#{}", self.code),
            "message": self.message,
        });
        let answer = cbor_answer(self.status, &body);
        let side = if self.status < 500 { "Sender" } else { "Receiver" };
        match self.query_code {
            Some(code) => answer.with("x-amzn-query-error", format!("{code};{side}")),
            None => answer,
        }
    }

    fn json(&self, target: &Target) -> Answer {
        let message = if target.service == "ecs" { "message" } else { "Message" };
        let body = json!({"__type": self.code, message: self.message}).to_string();
        Answer::new(self.status, "application/x-amz-json-1.1", body.into_bytes())
            .with("x-amzn-errortype", &*self.code)
    }

    fn rest_json(&self, target: &Target) -> Answer {
        let mut body = json!({"message": self.message});
        if target.service == "lambda" {
            body["Type"] = if self.status < 500 { "User".into() } else { "Service".into() };
        }
        Answer::new(self.status, "application/json", body.to_string().into_bytes())
            .with("x-amzn-errortype", &*self.code)
    }

    fn query(&self) -> Answer {
        let kind = if self.status < 500 { "Sender" } else { "Receiver" };
        let body = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <Error><Type>{kind}</Type><Code>{}</Code><Message>{}</Message></Error>\
             <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>",
            escape(&self.code),
            escape(&self.message)
        );
        Answer::new(self.status, "text/xml", body.into_bytes())
    }
}

/// An answer of `CloudWatch`.
pub(super) fn cbor_answer(status: u16, body: &Value) -> Answer {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).expect("memory takes what is written");
    cbor_bytes(status, bytes)
}

pub(super) fn cbor_bytes(status: u16, bytes: Vec<u8>) -> Answer {
    Answer::new(status, "application/cbor", bytes).with("smithy-protocol", "rpc-v2-cbor")
}

/// Text inside of XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
