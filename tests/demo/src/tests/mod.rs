//! The tests, by what they look at.

mod ask;
mod caption;
mod classify;
mod compare;
mod downloads;
mod errors;
mod jobs;
mod keyboard;
mod layout;
mod photo;
mod play;
mod read;
mod tabs;

use std::env;
use std::pin::Pin;

use anyhow::Result;

use crate::page::Page;

/// A test that is under way.
type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// What is done on a page, and must succeed.
pub struct Test {
    pub name: &'static str,
    pub run: for<'a> fn(&'a Page) -> Running<'a>,
}

macro_rules! tests {
    ($($topic:ident::$name:ident),* $(,)?) => {
        vec![$(Test {
            name: concat!(stringify!($topic), "::", stringify!($name)),
            run: |page| Box::pin($topic::$name(page)),
        }),*]
    };
}

/// All of them. What reads sentences needs weights that aren't in the repository.
pub fn all() -> Vec<Test> {
    let mut tests = tests![
        tabs::each_opens_by_a_click,
        tabs::the_bare_address_is_that_of_classify,
        tabs::nothing_comes_from_another_host,
        photo::one_is_uploaded,
        photo::one_is_dropped,
        photo::one_is_pasted,
        photo::a_sample_is_a_photo_too,
        classify::the_five_likeliest_classes_are_buttons,
        classify::the_map_changes_with_the_class,
        classify::the_map_changes_with_the_layer,
        classify::sliders_change_the_picture,
        classify::the_value_under_the_pointer_is_shown,
        classify::gap_sums_and_time_are_shown,
        classify::relevance_follows_the_rules_that_are_chosen,
        classify::each_method_says_what_it_does,
        classify::each_method_gives_a_map,
        classify::a_class_is_found_by_typing,
        jobs::a_long_one_shows_its_progress_and_is_stopped,
        jobs::a_newer_one_replaces_the_older,
        keyboard::a_photo_is_explained_without_a_mouse,
        keyboard::tabs_open_without_a_mouse,
        errors::a_file_that_is_no_image_is_refused,
        errors::a_photo_that_is_too_large_is_refused,
        errors::an_unknown_class_is_refused,
        downloads::the_picture_is_a_png,
        downloads::the_values_are_safetensors,
        downloads::the_report_stands_alone,
        ask::the_answer_follows_the_question,
        caption::each_word_has_its_map,
        play::frames_go_by,
        play::each_action_has_its_map,
        compare::two_methods_stand_side_by_side,
        compare::two_classes_stand_side_by_side,
        layout::all_fits_a_desktop,
        layout::all_fits_a_phone,
    ];
    if env::var_os("BACKDRAFT_MINILM").is_some() {
        tests.extend(tests![
            read::a_sentence_has_a_value_for_each_word,
            read::two_sentences_have_a_score,
        ]);
    } else {
        println!("BACKDRAFT_MINILM isn't set: nothing is read");
        tests.extend(tests![read::weights_that_are_missing_are_asked_for]);
    }
    tests
}
