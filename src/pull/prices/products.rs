//! GetProducts: all pages of a service and its filters.

use super::{Asker, Product};
use crate::pull::attempt::{Operation, Patience, attempt};
use crate::pull::client::watched;
use crate::pull::failure::{Failure, FailureKind, Miss};
use crate::pull::paging::send;
use aws_sdk_pricing::types::{Filter, FilterType};
use std::future::Future;

const GET: Operation = Operation { name: "GetProducts", action: "pricing:GetProducts" };
const A_PAGE: i32 = 100;

impl Asker<'_> {
    pub(super) async fn products(
        &self,
        service_code: &str,
        filters: &[(&'static str, String)],
    ) -> Result<Vec<Product>, Failure> {
        let filter = |(field, value): &(&str, String)| {
            Filter::builder().r#type(FilterType::TermMatch).field(*field).value(value).build()
        };
        let filters: Result<Vec<Filter>, _> = filters.iter().map(filter).collect();
        let filters = filters.expect("all three parts are given");
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let answer = self
                .ask(GET, || async {
                    let request = self.pricing.get_products().service_code(service_code);
                    let request = request.set_filters(Some(filters.clone()));
                    let request = request.format_version("aws_v1").max_results(A_PAGE);
                    let sent: Result<_, Miss> = send!(request.set_next_token(token.clone()));
                    let (answer, id) = sent?;
                    let products: Option<Vec<Product>> =
                        answer.price_list().iter().map(|text| Product::of_document(text)).collect();
                    let products =
                        products.ok_or_else(|| Miss::damaged("a product cannot be read"))?;
                    Ok(((products, answer.next_token().map(str::to_owned)), id))
                })
                .await?;
            all.extend(answer.0);
            let next = answer.1.filter(|next| !next.is_empty());
            if next.is_some() && next == token {
                return Err(self.refused(GET, "the service gave the same page token twice"));
            }
            token = next;
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    pub(super) fn refused(&self, operation: Operation, message: &str) -> Failure {
        Failure {
            kind: FailureKind::Refused,
            code: String::new(),
            message: message.to_owned(),
            operation: operation.name,
            action: operation.action,
            place: self.place.clone(),
            request_id: None,
            attempts: 1,
        }
    }

    /// Makes a call succeed, and tells whoever watches.
    pub(super) async fn ask<T, F>(
        &self,
        operation: Operation,
        call: impl FnMut() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<(T, Option<String>), Miss>>,
    {
        self.ask_patiently(operation, self.patience.timeout, call).await
    }

    /// The same, where an attempt may take longer.
    pub(super) async fn ask_patiently<T, F>(
        &self,
        operation: Operation,
        timeout: std::time::Duration,
        mut call: impl FnMut() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<(T, Option<String>), Miss>>,
    {
        let patience = Patience { timeout, ..self.patience };
        attempt(operation, &self.place, &[(&self.bucket, 1.0)], patience, || {
            watched(self.watch, operation, &self.place, call())
        })
        .await
    }
}
