//! What a name may mean that nothing has.

/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// The names that are most similar to one that was asked for, unless none resembles it.
pub(crate) fn nearest(
    name: &str,
    known: impl IntoIterator<Item = &'static str>,
) -> Vec<&'static str> {
    let known = known.into_iter();
    let mut scored: Vec<_> = known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let similar = scored.into_iter().take(SUGGESTIONS);
    let similar = similar.filter(|(score, _)| *score > 0.6);
    similar.map(|(_, known)| known).collect()
}
