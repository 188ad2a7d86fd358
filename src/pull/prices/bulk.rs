//! Bulk price lists: prices as they were on a day.

use super::{Asker, Product};
use crate::pull::attempt::Operation;
use crate::pull::failure::{Failure, Miss};
use crate::pull::paging::send;
use aws_smithy_types::DateTime;

const LIST: Operation = Operation { name: "ListPriceLists", action: "pricing:ListPriceLists" };
const URL: Operation =
    Operation { name: "GetPriceListFileUrl", action: "pricing:GetPriceListFileUrl" };
const FILE: Operation = Operation { name: "price list file", action: "" };

impl Asker<'_> {
    pub(super) async fn bulk(&self, service_code: &str, at: i64) -> Result<Vec<Product>, Failure> {
        let arns = self
            .ask(LIST, || async {
                let request = self.pricing.list_price_lists().service_code(service_code);
                let request = request.effective_date(DateTime::from_secs(at)).currency_code("USD");
                let sent: Result<_, Miss> = send!(request.region_code(self.region));
                let (answer, id) = sent?;
                let arns = answer.price_lists().iter().filter_map(|one| one.price_list_arn());
                Ok((arns.map(str::to_owned).collect::<Vec<_>>(), id))
            })
            .await?;
        let arn = match arns.as_slice() {
            [one] => one,
            [] => return Err(self.refused(LIST, "there is no price list for that day")),
            several => {
                let problem = format!("there are several price lists: {}", several.join(", "));
                return Err(self.refused(LIST, &problem));
            }
        };
        let url = self
            .ask(URL, || async {
                let request = self.pricing.get_price_list_file_url().price_list_arn(arn);
                let sent: Result<_, Miss> = send!(request.file_format("json"));
                let (answer, id) = sent?;
                let url = answer.url().ok_or_else(|| Miss::damaged("the answer has no URL"))?;
                Ok((url.to_owned(), id))
            })
            .await?;
        self.ask(FILE, || async {
            let document = self.signed.plain(&url).await?;
            let products = Product::all_of_bulk(&document);
            Ok((products.ok_or_else(|| Miss::damaged("it is no price list"))?, None))
        })
        .await
    }
}
