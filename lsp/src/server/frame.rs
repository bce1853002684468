//! Messages as bytes: a header with the length, and that many bytes behind it.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// Maximum length of a message, in bytes. What is longer is passed over.
pub(super) const MAX_MESSAGE: u64 = 256 << 20;

/// Maximum length of a line of a header, in bytes.
const MAX_HEADER: u64 = 8 << 10;

/// The result of a read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The bytes of a message.
    Message(Vec<u8>),
    /// Bytes that are no message: why.
    Broken(&'static str),
}

/// Reads the next message; `None` at the end of the input.
///
/// Lines that are no header are passed over until one comes, and told once.
pub(super) async fn read(input: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Frame>> {
    let mut length: Option<u64> = None;
    let mut is_broken = false;
    loop {
        let mut line = Vec::new();
        if (&mut *input).take(MAX_HEADER).read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            match length {
                Some(length) => return body(input, length).await,
                None if is_broken => return Ok(Some(Frame::Broken("a header without `Content-Length`"))),
                None => continue,
            }
        }
        match content_length(line) {
            Some(found) => length = Some(found),
            None => is_broken = true,
        }
    }
}

/// Reads what stands behind a header.
async fn body(input: &mut (impl AsyncBufRead + Unpin), length: u64) -> io::Result<Option<Frame>> {
    let mut input = input.take(length);
    if length > MAX_MESSAGE {
        let passed = tokio::io::copy_buf(&mut input, &mut tokio::io::sink()).await?;
        return Ok((passed == length).then_some(Frame::Broken("a message that is too long")));
    }
    let mut bytes = Vec::new();
    let read = input.read_to_end(&mut bytes).await?;
    Ok((read as u64 == length).then_some(Frame::Message(bytes)))
}

/// Returns the number behind `Content-Length:`, also where other bytes stand before it.
fn content_length(line: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"content-length:";
    let at = line.windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME))?;
    std::str::from_utf8(line[at + NAME.len()..].trim_ascii()).ok()?.parse().ok()
}

/// Returns a message with its header.
pub(super) fn written(body: &str) -> Vec<u8> {
    let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8]) -> Vec<Frame> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut input = bytes;
            let mut frames = Vec::new();
            while let Some(frame) = read(&mut input).await.unwrap() {
                frames.push(frame);
            }
            frames
        })
    }

    fn message(text: &str) -> Frame {
        Frame::Message(text.into())
    }

    #[test]
    fn messages_follow_each_other() {
        let bytes = b"Content-Length: 2\r\n\r\n{}content-type: x\r\nCONTENT-LENGTH:1\r\n\r\n1";
        assert_eq!(frames(bytes), [message("{}"), message("1")]);
    }

    #[test]
    fn what_is_no_header_is_passed_over() {
        let bytes =
            b"hello\r\n\r\nrubbish Content-Length: 2\r\n\r\n{}Content-Length: x\r\n\r\nContent-Length: 1\r\n\r\n1";
        let broken = || Frame::Broken("a header without `Content-Length`");
        assert_eq!(frames(bytes), [broken(), message("{}"), broken(), message("1")]);
    }

    #[test]
    fn a_message_that_ends_early_ends_the_input() {
        assert_eq!(frames(b"Content-Length: 9\r\n\r\n{}"), []);
        assert_eq!(frames(b"Content-Length: 99999999999\r\n\r\n{}"), []);
    }
}
