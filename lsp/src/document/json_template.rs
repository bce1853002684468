//! Makes JSON of a Helm template: what in `{{ … }}` is no JSON gives way to other characters, and everything keeps its place.

/// Returns the text with each action in braces written over: inside of strings only what ends a string of JSON, in the place of
/// a value with a number, elsewhere with blanks. `None` if there is no action.
pub(super) fn without_actions(text: &str) -> Option<String> {
    let mut written = text.as_bytes().to_vec();
    let (mut at, mut in_string, mut found) = (0, false, false);
    while let Some(byte) = written.get(at) {
        match byte {
            b'{' => {
                let Some(end) = end_of_action(text, at) else {
                    at += 1;
                    continue;
                };
                found = true;
                let action = written.get_mut(at..end)?;
                if in_string {
                    action
                        .iter_mut()
                        .filter(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
                        .for_each(|byte| *byte = b'\'');
                } else {
                    action.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
                    if is_value(&written, at, end) {
                        written[at] = b'0';
                    }
                }
                at = end;
                continue;
            }
            b'"' => in_string = !in_string,
            b'\\' if in_string => at += 1,
            // No string of JSON goes on behind its line.
            b'\n' => in_string = false,
            _ => {}
        }
        at += 1;
    }
    if !found {
        return None;
    }
    String::from_utf8(written).ok()
}

/// Returns the end of the action that begins at a byte: behind the next `}}` that is not in quotes of the template's language.
fn end_of_action(text: &str, start: usize) -> Option<usize> {
    const MOST_BYTES: usize = 4096;
    let inside = text.as_bytes().get(start..)?.strip_prefix(b"{{")?;
    let inside = &inside[..inside.len().min(MOST_BYTES)];
    let (mut at, mut quote) = (0, None);
    while let Some(byte) = inside.get(at) {
        match (quote, byte) {
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'"' | b'`') => quote = Some(*byte),
            (None, b'}') if inside.get(at + 1) == Some(&b'}') => return Some(start + 2 + at + 2),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Tells whether a value is missing where an action stood: it comes behind `:`, `[` or `,`, and before `,`, `]` or `}`.
fn is_value(written: &[u8], start: usize, end: usize) -> bool {
    let before = written[..start].iter().rev().find(|byte| !byte.is_ascii_whitespace());
    let behind = written[end..].iter().find(|byte| !byte.is_ascii_whitespace());
    let is_behind_colon = before == Some(&b':');
    let is_item = matches!(before, Some(b'[' | b',')) && matches!(behind, Some(b',' | b']'));
    (is_behind_colon && matches!(behind, Some(b',' | b'}' | b'{'))) || is_item
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::json;

    #[test]
    fn actions_give_way_and_everything_keeps_its_place() {
        let text = "{{- if .x }}\n{\"a\": {{ .n }}, {{/* b */}}\"b é\": \"{{ \"{{\" }}l{{ \"}}\" }}\", \"c\": [ {{ .m }}, 1 ] }{{ end }}";
        let written = without_actions(text).expect("there are actions");
        assert_eq!(written.len(), text.len());
        let node = json::parse(&written).expect("what is left is JSON");
        assert_eq!(node.get("b é").and_then(|node| node.str()), Some("{{ '{{' }}l{{ '}}' }}"));
        assert_eq!(node.get("c").map(|node| node.items().len()), Some(2));
        assert_eq!(text.find("\"b é\""), written.find("\"b é\""));
    }

    #[test]
    fn texts_without_actions_are_left_alone() {
        for text in ["{\"a\": {\"b\": {}}}", "{{", "{{ \"}}\"", "{\"a\": {{\"b\": 1}"] {
            assert_eq!(without_actions(text), None, "{text}");
        }
    }
}
