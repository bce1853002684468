//! Blocks and trace files in object stores: the binary against stores that are part of the test, and against emulators
//! where they are installed; those that are not are told, and their tests left out.

#![expect(clippy::print_stderr, reason = "what is left out is told")]

#[cfg(feature = "cloud")]
mod emulated;
#[cfg(feature = "cloud")]
mod emulator;
#[cfg(feature = "cloud")]
mod hostile;
#[cfg(feature = "cloud")]
mod peak;
#[cfg(feature = "cloud")]
mod percent;
#[cfg(feature = "cloud")]
mod refused;
#[cfg(feature = "cloud")]
mod run;
#[cfg(feature = "cloud")]
mod served;
#[cfg(feature = "cloud")]
mod stub;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

#[cfg(not(feature = "cloud"))]
fn trials() -> Vec<Trial> {
    Vec::new()
}

#[cfg(feature = "cloud")]
fn trials() -> Vec<Trial> {
    let always: [(&str, fn()); 21] = [
        ("layouts_are_the_same_as_folders", served::layouts_are_the_same_as_folders),
        ("a_block_takes_few_requests", served::a_block_takes_few_requests),
        ("nothing_is_read_twice", served::nothing_is_read_twice),
        ("lists_stop_at_blocks", served::lists_stop_at_blocks),
        ("stores_and_files_are_read_as_one", served::stores_and_files_are_read_as_one),
        ("damage_is_named", served::damage_is_named),
        ("profiles_give_credentials_and_regions", served::profiles_give_credentials_and_regions),
        ("answers_are_put_into_words", refused::answers_are_put_into_words),
        ("nobody_waits_long_for_who_is_not_there", refused::nobody_waits_long_for_who_is_not_there),
        ("wrong_urls_are_told_without_secrets", refused::wrong_urls_are_told_without_secrets),
        ("what_is_not_there_is_told", refused::what_is_not_there_is_told),
        ("unusable_settings_are_told", refused::unusable_settings_are_told),
        ("answers_without_end_are_given_up", hostile::answers_without_end_are_given_up),
        ("lists_without_end_are_given_up", hostile::lists_without_end_are_given_up),
        ("parts_are_no_longer_than_asked_for", hostile::parts_are_no_longer_than_asked_for),
        ("requests_stay_on_the_host", hostile::requests_stay_on_the_host),
        ("what_a_store_repeats_is_masked", hostile::what_a_store_repeats_is_masked),
        ("silence_ends", hostile::silence_ends),
        ("folders_that_cannot_be_listed_are_skipped", hostile::folders_that_cannot_be_listed_are_skipped),
        ("values_that_make_no_request_are_told", hostile::values_that_make_no_request_are_told),
        ("memory_is_bounded", hostile::memory_is_bounded),
    ];
    let emulated: [(&str, &str, fn()); 4] = [
        ("s3_has_what_folders_have", "moto_server", emulated::s3_has_what_folders_have),
        ("s3_knows_who_asks", "moto_server", emulated::s3_knows_who_asks),
        ("azure_has_what_folders_have", "azurite-blob", emulated::azure_has_what_folders_have),
        ("google_has_what_folders_have", "fake-gcs-server", emulated::google_has_what_folders_have),
    ];
    let mut trials: Vec<Trial> = always.into_iter().map(|(name, test)| trial(name, test)).collect();
    for (name, program, test) in emulated {
        let missing = emulator::program(program).err();
        if let Some(missing) = &missing {
            eprintln!("skipped {name}: {missing}");
        }
        trials.push(trial(name, test).with_ignored_flag(missing.is_some()));
    }
    trials
}

#[cfg(feature = "cloud")]
fn trial(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}
