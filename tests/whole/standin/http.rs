//! As much of HTTP/1.1 as clients of AWS speak.

use super::clock::http_date;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longer heads than this are refused.
const LONGEST_HEAD: usize = 64 * 1024;

/// A request with its whole body.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn says(&self, name: &str, word: &str) -> bool {
        self.header(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    }

    fn length(&self) -> usize {
        self.header("content-length").and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    }

    fn closes(&self) -> bool {
        self.says("connection", "close")
    }
}

/// What is sent back.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn head(&self) -> String {
        let reason = if self.status < 300 { "OK" } else { "Error" };
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([*name, ": ", &**value, "\r\n"]);
        }
        head + &format!("date: {}\r\ncontent-length: {}\r\n\r\n", today(), self.body.len())
    }
}

/// The date of answers is the clock's: clients correct their own by it.
fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    http_date(i64::try_from(since.as_secs()).unwrap_or(0))
}

/// One connection. The last byte of a request stays unread until it is answered: to close a
/// connection with unread bytes is what resets it.
pub(super) struct Connection {
    stream: TcpStream,
    unread: usize,
    last: bool,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, unread: 0, last: false }
    }

    /// The next request; `None` when the other side is done.
    pub(super) fn next(&mut self) -> io::Result<Option<Request>> {
        self.swallow()?;
        if self.last {
            return Ok(None);
        }
        let Some(head) = self.head()? else { return Ok(None) };
        let mut request = parse_head(&head).ok_or(io::ErrorKind::InvalidData)?;
        self.last = request.closes();
        if request.says("expect", "100-continue") {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        request.body = if request.says("transfer-encoding", "chunked") {
            self.chunks()?
        } else {
            self.body(request.length())?
        };
        Ok(Some(request))
    }

    /// Sends an answer; if `cut`, only half of the body that the head announces.
    pub(super) fn send(&mut self, answer: &Answer, cut: bool) -> io::Result<()> {
        self.swallow()?;
        let sent = if cut { answer.body.len() / 2 } else { answer.body.len() };
        let mut bytes = answer.head().into_bytes();
        bytes.extend_from_slice(&answer.body[..sent]);
        self.stream.write_all(&bytes)
    }

    fn swallow(&mut self) -> io::Result<()> {
        let unread = std::mem::take(&mut self.unread);
        self.exactly(unread).map(|_| ())
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Everything up to the empty line, and not a byte of what follows.
    fn head(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut seen = vec![0; LONGEST_HEAD];
        let mut before = 0;
        loop {
            let length = self.stream.peek(&mut seen)?;
            if let Some(end) = seen[..length].windows(4).position(|four| four == b"\r\n\r\n") {
                return self.exactly(end + 4).map(Some);
            }
            if length == 0 || length == LONGEST_HEAD {
                return Ok(None);
            }
            if length == before {
                thread::sleep(Duration::from_millis(1));
            }
            before = length;
        }
    }

    fn body(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let Some(most) = length.checked_sub(1) else { return Ok(Vec::new()) };
        let mut body = self.exactly(most)?;
        let mut byte = [0];
        if self.stream.peek(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        body.push(byte[0]);
        self.unread = 1;
        Ok(body)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.exactly(size)?);
            self.line()?;
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.extend(self.exactly(1)?);
        }
        line.truncate(line.len() - 2);
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

fn parse_head(head: &[u8]) -> Option<Request> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let method = words.next()?.to_owned();
    let (path, query) =
        words.next().map(|target| target.split_once('?').unwrap_or((target, "")))?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Some(Request { method, path: decode(path), query: form(query), headers, body: Vec::new() })
}

/// The fields of `a=b&c=d`.
pub(super) fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|field| !field.is_empty())
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .map(|(name, value)| (decode(name), decode(&value.replace('+', " "))))
        .collect()
}

/// Percent-decodes.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[test]
fn forms_are_decoded() {
    let fields = form("Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam&Name=a+b&Empty");
    assert_eq!(fields[1].1, "arn:aws:iam");
    assert_eq!(fields[2].1, "a b");
    assert_eq!(fields[3], ("Empty".to_owned(), String::new()));
}
