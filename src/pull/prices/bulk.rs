//! Bulk price lists: prices as they were on a day.

use super::Asker;
use super::product::Product;
use super::table::{self, Chunks};
use super::wanted::Ask;
use crate::pull::attempt::Operation;
use crate::pull::failure::{Failure, Miss};
use crate::pull::paging::send;
use aws_sdk_pricing::types::PriceList;
use aws_smithy_types::DateTime;
use std::time::Duration;
use tokio::sync::mpsc;

const LIST: Operation = Operation { name: "ListPriceLists", action: "pricing:ListPriceLists" };
const URL: Operation =
    Operation { name: "GetPriceListFileUrl", action: "pricing:GetPriceListFileUrl" };
const FILE: Operation = Operation { name: "price list file", action: "" };

/// So long a whole file may take.
const PATIENCE: Duration = Duration::from_mins(20);
/// Chunks of a file that wait to be read.
const WAITING: usize = 64;

/// CSV can be read while it comes.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

impl Asker<'_> {
    /// All products of a service that any of these may want, as of a day.
    pub(super) async fn bulk(
        &self,
        service_code: &str,
        at: i64,
        asks: &[&'static Ask],
    ) -> Result<Vec<Product>, Failure> {
        let (arn, format) = self.price_list(service_code, at).await?;
        let url = self.file_url(&arn, format).await?;
        match format {
            Format::Csv => self.table(&url, asks).await,
            Format::Json => self.document(&url).await,
        }
    }

    /// A list as CSV: a few rows of a file that may be hundreds of megabytes.
    async fn table(&self, url: &str, asks: &[&'static Ask]) -> Result<Vec<Product>, Failure> {
        self.ask_patiently(FILE, PATIENCE, || async {
            let mut file = self.signed.file(url).await?;
            let (to, from) = mpsc::channel(WAITING);
            let asks = asks.to_vec();
            let reading = tokio::task::spawn_blocking(move || {
                let wanted = |product: &Product| asks.iter().any(|ask| ask.takes(product));
                table::products(Chunks::new(from), wanted)
            });
            while let Some(chunk) = file.next().await {
                let chunk = chunk.map_err(|_| Miss::damaged("the file was cut"))?;
                // Whoever reads may have given up; it says why.
                if to.send(chunk.to_vec()).await.is_err() {
                    break;
                }
            }
            drop(to);
            let products = reading.await.map_err(|_| Miss::damaged("the file cannot be read"))?;
            Ok((products.map_err(Miss::damaged)?, None))
        })
        .await
    }

    async fn document(&self, url: &str) -> Result<Vec<Product>, Failure> {
        self.ask_patiently(FILE, PATIENCE, || async {
            let document = self.signed.plain(url).await?;
            let products = Product::all_of_bulk(&document);
            Ok((products.ok_or_else(|| Miss::damaged("it is no price list"))?, None))
        })
        .await
    }

    /// The one list of a service that held on a day, and the form to take it in.
    async fn price_list(&self, service_code: &str, at: i64) -> Result<(String, Format), Failure> {
        let lists = self
            .ask(LIST, || async {
                let request = self.pricing.list_price_lists().service_code(service_code);
                let request = request.effective_date(DateTime::from_secs(at)).currency_code("USD");
                let sent: Result<_, Miss> = send!(request.region_code(self.region));
                let (answer, id) = sent?;
                Ok((answer.price_lists().to_vec(), id))
            })
            .await?;
        let arns: Vec<&str> = lists.iter().filter_map(PriceList::price_list_arn).collect();
        match (arns.as_slice(), lists.as_slice()) {
            ([arn], [list]) => {
                let csv = list.file_formats().iter().any(|format| format == "csv");
                Ok(((*arn).to_owned(), if csv { Format::Csv } else { Format::Json }))
            }
            ([], _) => Err(self.refused(LIST, "there is no price list for that day")),
            (several, _) => {
                let problem = format!("there are several price lists: {}", several.join(", "));
                Err(self.refused(LIST, &problem))
            }
        }
    }

    async fn file_url(&self, arn: &str, format: Format) -> Result<String, Failure> {
        let format = match format {
            Format::Csv => "csv",
            Format::Json => "json",
        };
        self.ask(URL, || async {
            let request = self.pricing.get_price_list_file_url().price_list_arn(arn);
            let sent: Result<_, Miss> = send!(request.file_format(format));
            let (answer, id) = sent?;
            let url = answer.url().ok_or_else(|| Miss::damaged("the answer has no URL"))?;
            Ok((url.to_owned(), id))
        })
        .await
    }
}
