//! Bulk price lists: prices as they were on a day.

use super::{Asker, Product};
use crate::pull::attempt::Operation;
use crate::pull::failure::{Failure, Miss};
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
                let answer = request.region_code(self.region).send().await.map_err(Miss::from)?;
                let arns = answer.price_lists().iter().filter_map(|one| one.price_list_arn());
                Ok(arns.map(str::to_owned).collect::<Vec<_>>())
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
                let answer = request.file_format("json").send().await.map_err(Miss::from)?;
                answer
                    .url()
                    .map(str::to_owned)
                    .ok_or_else(|| Miss::damaged("the answer has no URL"))
            })
            .await?;
        self.ask(FILE, || async {
            let document = self.signed.plain(&url).await?;
            Product::all_of_bulk(&document).ok_or_else(|| Miss::damaged("it is no price list"))
        })
        .await
    }
}
