//! From text to an expression, by recursive descent.

use super::{Comparison, ExpressionError, Node, Test};
use regex_lite::Regex;

/// Nobody nests deeper; more would be an attack on the stack.
const DEEPEST: usize = 50;

pub(super) fn expression(text: &str) -> Result<Node, ExpressionError> {
    let mut rest = Rest(text.trim());
    let node = any(&mut rest, 0)?;
    if rest.0.is_empty() {
        return Ok(node);
    }
    Err(unexpected(rest.word(), "and, or or the end"))
}

fn unexpected(found: &str, expected: &'static str) -> ExpressionError {
    ExpressionError::Unexpected { found: found.to_owned(), expected }
}

/// What is yet to be read, without space before it.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn skip(&mut self, bytes: usize) {
        self.0 = self.0[bytes..].trim_start();
    }

    fn takes(&mut self, mark: &str) -> bool {
        let there = self.0.starts_with(mark);
        if there {
            self.skip(mark.len());
        }
        there
    }

    /// Letters up to a space or a mark.
    fn word(&self) -> &'t str {
        let ends = |letter: char| letter.is_whitespace() || "()[],&|=!<>~".contains(letter);
        match self.0.find(ends) {
            Some(0) => {
                let first = self.0.chars().next().map_or(0, char::len_utf8);
                &self.0[..first]
            }
            Some(end) => &self.0[..end],
            None => self.0,
        }
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let there = self.word().eq_ignore_ascii_case(word);
        if there {
            self.skip(word.len());
        }
        there
    }
}

fn any(rest: &mut Rest<'_>, depth: usize) -> Result<Node, ExpressionError> {
    let mut nodes = vec![all(rest, depth)?];
    while rest.takes("||") || rest.takes_word("or") {
        nodes.push(all(rest, depth)?);
    }
    Ok(Node::Any(nodes))
}

fn all(rest: &mut Rest<'_>, depth: usize) -> Result<Node, ExpressionError> {
    let mut nodes = vec![one(rest, depth)?];
    while rest.takes("&&") || rest.takes_word("and") {
        nodes.push(one(rest, depth)?);
    }
    Ok(Node::All(nodes))
}

fn one(rest: &mut Rest<'_>, depth: usize) -> Result<Node, ExpressionError> {
    if depth > DEEPEST {
        return Err(ExpressionError::Deep);
    }
    if rest.takes("!") || rest.takes_word("not") {
        return Ok(Node::Not(Box::new(one(rest, depth + 1)?)));
    }
    if rest.takes("(") {
        let node = any(rest, depth + 1)?;
        if rest.takes(")") {
            return Ok(node);
        }
        return Err(wanted(rest, ")"));
    }
    let subject = rest.word();
    if subject.is_empty() {
        return Err(ExpressionError::Ends("a subject"));
    }
    if !subject.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return Err(unexpected(subject, "a subject"));
    }
    rest.skip(subject.len());
    let (test, negated) = test(rest)?;
    let node = Node::Is { subject: subject.to_owned(), test };
    Ok(if negated { Node::Not(Box::new(node)) } else { node })
}

fn wanted(rest: &Rest<'_>, what: &'static str) -> ExpressionError {
    match rest.word() {
        "" => ExpressionError::Ends(what),
        word => unexpected(word, what),
    }
}

/// An operator with its argument, and whether the contrary is meant.
fn test(rest: &mut Rest<'_>) -> Result<(Test, bool), ExpressionError> {
    use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};
    let mut is = |mark: &str, word: &str| rest.takes(mark) || rest.takes_word(word);
    if is("!=", "not_equals") {
        return Ok((Test::Equals(value(rest)?), true));
    }
    if is("!~", "not_matches") {
        return Ok((matches(rest)?, true));
    }
    let negated = rest.takes("!");
    for (word, negated) in [("exists", negated), ("not_exists", true)] {
        if rest.takes_word(word) {
            return Ok((Test::Exists, negated));
        }
    }
    for (word, negated) in [("in", negated), ("not_in", true)] {
        if rest.takes_word(word) {
            return Ok((Test::In(list(rest)?), negated));
        }
    }
    if negated {
        return Err(wanted(rest, "exists or in"));
    }
    let mut is = |mark: &str, word: &str| rest.takes(mark) || rest.takes_word(word);
    if is("==", "equals") {
        return Ok((Test::Equals(value(rest)?), false));
    }
    if is("=~", "matches") {
        return Ok((matches(rest)?, false));
    }
    // Longer marks before their beginnings.
    let order = [
        (">=", "greater_than_equal", GreaterOrEqual),
        ("<=", "less_than_equal", LessOrEqual),
        (">", "greater_than", Greater),
        ("<", "less_than", Less),
    ];
    if let Some((_, _, order)) = order.into_iter().find(|(mark, word, _)| is(mark, word)) {
        return Ok((Test::Compare { value: value(rest)?, order }, false));
    }
    Err(wanted(rest, "an operator"))
}

/// Up to a space, or a bracket that was not opened within.
fn value(rest: &mut Rest<'_>) -> Result<String, ExpressionError> {
    if let Some(quote) = rest.0.chars().next().filter(|letter| matches!(letter, '\'' | '"')) {
        let inner = &rest.0[1..];
        let end = inner.find(quote).ok_or(ExpressionError::Ends("the closing quote"))?;
        let value = inner[..end].to_owned();
        rest.skip(end + 2);
        return Ok(value);
    }
    let mut open = 0_i32;
    let ends = |letter: char| {
        match letter {
            '(' | '[' => open += 1,
            ')' | ']' => open -= 1,
            _ => {}
        }
        letter.is_whitespace() || open < 0 || (letter == ',' && open == 0)
    };
    let end = rest.0.find(ends).unwrap_or(rest.0.len());
    if end == 0 {
        return Err(wanted(rest, "a value"));
    }
    let value = rest.0[..end].to_owned();
    rest.skip(end);
    Ok(value)
}

fn matches(rest: &mut Rest<'_>) -> Result<Test, ExpressionError> {
    let pattern = value(rest)?;
    // The whole of it, as Java's `matches` does.
    let whole = Regex::new(&format!("^(?:{pattern})$"));
    whole.map(Test::Matches).map_err(|_| ExpressionError::Pattern(pattern))
}

fn list(rest: &mut Rest<'_>) -> Result<Vec<String>, ExpressionError> {
    if !rest.takes("[") {
        return Err(wanted(rest, "["));
    }
    let mut all = Vec::new();
    loop {
        if rest.takes("]") {
            return Ok(all);
        }
        if rest.0.is_empty() {
            return Err(ExpressionError::Ends("]"));
        }
        all.push(value(rest)?);
        if !rest.takes(",") && !rest.0.starts_with(']') {
            return Err(wanted(rest, "]"));
        }
    }
}
