//! Who asks: a random number in a cookie, which says nothing else.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::COOKIE;
use axum::http::request::Parts;

use crate::store::new_name;

const NAME: &str = "visitor";

/// A visitor, known or new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub id: String,
    is_new: bool,
}

impl Visitor {
    /// The cookie for one who has none.
    pub fn cookie(&self) -> Option<HeaderValue> {
        let cookie = format!(
            "{NAME}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=86400",
            self.id
        );
        self.is_new.then(|| HeaderValue::from_str(&cookie).ok())?
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let cookies = parts
            .headers
            .get(COOKIE)
            .and_then(|value| value.to_str().ok());
        let known = cookies.and_then(known);
        Ok(Self {
            is_new: known.is_none(),
            id: known.map_or_else(new_name, str::to_owned),
        })
    }
}

/// The visitor's number in a line of cookies, if it is one of ours.
fn known(cookies: &str) -> Option<&str> {
    let values = cookies
        .split(';')
        .filter_map(|cookie| cookie.trim().split_once('='));
    let (_, id) = values.into_iter().find(|(name, _)| *name == NAME)?;
    let fits = id.len() == 32 && id.bytes().all(|letter| letter.is_ascii_hexdigit());
    fits.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_ours_are_known() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(known(&format!("a=b; visitor={id}")), Some(id));
        assert_eq!(known("visitor=<script>"), None);
        assert_eq!(known(""), None);
    }
}
