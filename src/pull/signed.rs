//! Calls signed by hand, for services of which one or two operations are needed: a whole
//! client would cost more to build than all the rest of the program's own code.

use super::failure::{FailureKind, Miss, innermost, of_credentials};
use super::partition::domain;
use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

/// A service that is called this way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// As the variables and profiles name it: `AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING`.
    pub id: &'static str,
    /// Host name without region, and the name in signatures.
    pub host: &'static str,
    pub signing_name: &'static str,
    /// Of a service that exists once for all regions.
    pub global: bool,
}

/// What is asked.
pub(super) enum Ask<'a> {
    /// awsJson1.1: the target header, and the body.
    Json {
        target: &'a str,
        body: Value,
    },
    /// A path with its query.
    Get {
        path: String,
    },
    Post {
        path: &'a str,
        body: Value,
    },
    /// A form, answered in XML.
    Form {
        body: String,
    },
}

/// What stands in the first of an element's occurrences in an answer.
pub(super) fn text_of<'x>(xml: &'x str, element: &str) -> Option<&'x str> {
    let start = xml.find(&format!("<{element}>"))? + element.len() + 2;
    let end = xml[start..].find(&format!("</{element}>"))?;
    Some(xml[start..start + end].trim())
}

/// Sends signed requests of one account in one region.
pub(super) struct Signed {
    config: SdkConfig,
    region: String,
    connector: Connector,
}

impl Signed {
    pub fn new(config: &SdkConfig, region: &str) -> Self {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.set_sleep_impl(config.sleep_impl());
        let connector = builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build();
        Signed { config: config.clone(), region: region.to_owned(), connector }
    }

    /// The same account in another region.
    pub fn in_region(&self, region: &str) -> Self {
        Signed::new(&self.config, region)
    }

    /// One request and its JSON answer, with the request's id.
    pub async fn send(
        &self,
        service: Service,
        ask: &Ask<'_>,
    ) -> Result<(Value, Option<String>), Miss> {
        let (body, id) = self.raw(service, ask).await?;
        let damaged = |_| Miss::damaged("the answer was cut or damaged");
        serde_json::from_slice(&body).map(|value| (value, id)).map_err(damaged)
    }

    /// One request and its answer as text, with the request's id.
    pub async fn send_for_text(
        &self,
        service: Service,
        ask: &Ask<'_>,
    ) -> Result<(String, Option<String>), Miss> {
        let (body, id) = self.raw(service, ask).await?;
        let damaged = |_| Miss::damaged("the answer was cut or damaged");
        let text = String::from_utf8(body).map_err(damaged)?;
        // Whole, as far as can be told: it ends with the element that it began with.
        if !text.trim_end().ends_with("Response>") {
            return Err(Miss::damaged("the answer was cut or damaged"));
        }
        Ok((text, id))
    }

    async fn raw(
        &self,
        service: Service,
        ask: &Ask<'_>,
    ) -> Result<(Vec<u8>, Option<String>), Miss> {
        let request = self.request(service, ask).await?;
        let answer = self.connector.call(request).await.map_err(|error| {
            let kind = if error.is_user() { FailureKind::Refused } else { FailureKind::Transient };
            Miss::new(kind, innermost(&error))
        })?;
        let status = answer.status().as_u16();
        let header = |name| answer.headers().get(name).map(str::to_owned);
        let (id, error_type) = (header("x-amzn-requestid"), header("x-amzn-errortype"));
        let body = ByteStream::new(answer.into_body()).collect().await;
        let body = body.map_err(|_| Miss::damaged("the answer was cut"))?.to_vec();
        if status == 200 {
            return Ok((body, id));
        }
        let (code, message) = said(&body);
        let code = error_type.unwrap_or(code);
        let code = code.split(':').next().unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default();
        Err(Miss::of_service(code, &message, status, id))
    }

    /// A document that needs no signature.
    pub async fn plain(&self, url: &str) -> Result<Value, Miss> {
        let body = self.file(url).await?.collect().await;
        let body = body.map_err(|_| Miss::damaged("the file was cut"))?.to_vec();
        serde_json::from_slice(&body).map_err(|_| Miss::damaged("the file was cut or damaged"))
    }

    /// A file that needs no signature, on its way.
    pub async fn file(&self, url: &str) -> Result<ByteStream, Miss> {
        let refused = |error: &dyn std::fmt::Display| {
            Miss::new(FailureKind::Refused, format!("{url}: {error}"))
        };
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(url).map_err(|error| refused(&error))?;
        let answer = self.connector.call(request).await;
        let answer =
            answer.map_err(|error| Miss::new(FailureKind::Transient, innermost(&error)))?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(Miss::of_service("", &format!("{url}: HTTP {status}"), status, None));
        }
        Ok(ByteStream::new(answer.into_body()))
    }

    async fn request(&self, service: Service, ask: &Ask<'_>) -> Result<HttpRequest, Miss> {
        let endpoint = self.endpoint(service);
        let endpoint = endpoint.trim_end_matches('/');
        let (method, path, body) = match ask {
            Ask::Json { body, .. } => ("POST", "/", body.to_string()),
            Ask::Get { path } => ("GET", path.as_str(), String::new()),
            Ask::Post { path, body } => ("POST", *path, body.to_string()),
            Ask::Form { body } => ("POST", "/", body.clone()),
        };
        let uri = format!("{endpoint}{path}");
        let mut headers = vec![];
        match ask {
            Ask::Json { target, .. } => {
                headers.push(("content-type", "application/x-amz-json-1.1"));
                headers.push(("x-amz-target", *target));
            }
            Ask::Post { .. } => headers.push(("content-type", "application/json")),
            Ask::Form { .. } => {
                headers.push(("content-type", "application/x-www-form-urlencoded; charset=utf-8"));
            }
            Ask::Get { .. } => {}
        }
        let signature = self.signature(service, method, &uri, &headers, body.as_bytes()).await?;
        let wrong = |error: &dyn std::fmt::Display| {
            Miss::new(FailureKind::Refused, format!("{uri}: {error}"))
        };
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method).map_err(|error| wrong(&error))?;
        request.set_uri(uri.as_str()).map_err(|error| wrong(&error))?;
        let signed = signature.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in headers.iter().copied().chain(signed) {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        Ok(request)
    }

    /// Where the service is: as the SDK's own variables and profiles say, else AWS.
    fn endpoint(&self, service: Service) -> String {
        let key = aws_types::service_config::ServiceConfigKey::builder()
            .service_id(service.id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build();
        let own = self.config.service_config().zip(key.ok());
        let own = own.and_then(|(config, key)| config.load_config(key));
        own.or_else(|| self.config.endpoint_url().map(str::to_owned)).unwrap_or_else(|| {
            let domain = domain(&self.region);
            if service.global {
                format!("https://{}.{domain}", service.host)
            } else {
                format!("https://{}.{}.{domain}", service.host, self.region)
            }
        })
    }

    async fn signature(
        &self,
        service: Service,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, Miss> {
        let provider = self.config.credentials_provider();
        let none = || Miss::new(FailureKind::NoCredentials, "no credentials were found");
        let credentials = provider.ok_or_else(none)?.provide_credentials().await;
        let credentials = credentials.map_err(|error| {
            Miss::new(
                of_credentials(&error).unwrap_or(FailureKind::NoCredentials),
                error.to_string(),
            )
        })?;
        let identity = credentials.into();
        let wrong =
            |error: &dyn std::fmt::Display| Miss::new(FailureKind::Refused, error.to_string());
        let region = if service.global { "us-east-1" } else { self.region.as_str() };
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service.signing_name)
            .time(now(&self.config))
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| wrong(&error))?;
        let request =
            SignableRequest::new(method, uri, headers.iter().copied(), SignableBody::Bytes(body))
                .map_err(|error| wrong(&error))?;
        let signed = sign(request, &parameters.into()).map_err(|error| wrong(&error))?;
        let (instructions, _) = signed.into_parts();
        let headers =
            instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(headers.collect())
    }
}

/// Code and message of an error's body: JSON, XML, or whatever it is, shortened.
fn said(body: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(body);
    if let Ok(json) = serde_json::from_str::<Value>(&text) {
        let of =
            |names: [&str; 2]| names.iter().find_map(|name| json[name].as_str()).map(str::to_owned);
        let known = (of(["__type", "code"]), of(["message", "Message"]));
        if let (None, None) = known {
            return (String::new(), shortened(&text));
        }
        return (known.0.unwrap_or_default(), known.1.unwrap_or_default());
    }
    let element = |name: &str| {
        let start = text.find(&format!("<{name}>"))? + name.len() + 2;
        let end = text[start..].find(&format!("</{name}>"))?;
        Some(text[start..start + end].to_owned())
    };
    match element("Code") {
        Some(code) => (code, element("Message").unwrap_or_default()),
        None => (String::new(), shortened(&text)),
    }
}

fn shortened(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

/// The clock that the clients use.
pub(super) fn now(config: &SdkConfig) -> std::time::SystemTime {
    config.time_source().unwrap_or_default().now()
}
