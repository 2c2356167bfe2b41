//! Tokens on colored backgrounds, for browsers.

use html_escape::{encode_double_quoted_attribute, encode_text};

use crate::attribution::text::color::Colors;

/// One token: colored, and with its score where the mouse rests.
pub(super) fn colored(text: &str, score: &str, colors: Colors) -> String {
    format!(
        r#"<span style="background:{};color:{};padding:0.1em 0.25em;border-radius:0.2em" title="{}">{}</span>"#,
        hex(colors.background),
        hex(colors.foreground),
        encode_double_quoted_attribute(score),
        encode_text(text),
    )
}

/// One token without color.
pub(super) fn plain(text: &str, score: &str) -> String {
    format!(
        r#"<span style="opacity:0.5" title="{}">{}</span>"#,
        encode_double_quoted_attribute(score),
        encode_text(text),
    )
}

/// All tokens of a text.
pub(super) fn paragraph(tokens: &[String]) -> String {
    format!("<p style=\"line-height:2\">{}</p>\n", tokens.join(" "))
}

/// A complete page.
pub(super) fn page(title: &str, paragraphs: &[String]) -> String {
    let title = encode_text(title);
    let [against, neutral, for_it] = [("against", -1.0), ("no influence", 0.0), ("for", 1.0)]
        .map(|(word, intensity)| colored(word, word, Colors::of(intensity)));
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n\
         <head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body style=\"background:white;color:black;font-family:sans-serif;max-width:48em;margin:2em auto;padding:0 1em\">\n\
         <h1 style=\"font-size:1.2em\">{title}</h1>\n\
         {}\
         <p style=\"font-size:0.8em\">{against} {neutral} {for_it}</p>\n\
         </body>\n\
         </html>\n",
        paragraphs.concat(),
    )
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_titles_cant_leave_their_place() {
        let span = colored("<b>&", "\" onload=\"", Colors::of(0.0));
        assert!(span.ends_with(">&lt;b&gt;&amp;</span>"), "{span}");
        assert!(span.contains("title=\"&quot; onload=&quot;\""), "{span}");
        assert!(
            page("</title><script>", &[])
                .contains("<h1 style=\"font-size:1.2em\">&lt;/title&gt;&lt;script&gt;</h1>")
        );
    }

    #[test]
    fn colors_have_two_digits_a_channel() {
        assert_eq!(hex([5, 48, 255]), "#0530ff");
    }
}
