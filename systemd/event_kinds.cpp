// SPDX-License-Identifier: MIT
#include "systemd/event_kinds.h"

#include <algorithm>

namespace caretaker {
namespace {

constexpr EventKind kinds[] = {
    {"daemon_started", "47eaa0992cb6416d86dc283cf0480ff9", LogLevel::info, "The daemon is ready."},
    {"daemon_stopped", "1509bb0a9bf143318a118783593942a4", LogLevel::info, "The daemon ended in order."},
    {"config_reloaded", "f5ec52ed0108447592e1bc7656670b14", LogLevel::info, "A reload took effect."},
    {"config_invalid", "59ba1b0d5c904158a909406c2e416788", LogLevel::error,
     "A reload was refused; the old configuration keeps running."},
    {"clock_step", "5d32fe61985f44e7aa095ee82bb29976", LogLevel::warning,
     "The wall clock was set; rates begin a new baseline."},
    {"suspend", "9a1e40b458154a9999e2d15364c7a500", LogLevel::info,
     "The machine slept; rates begin a new baseline."},
    {"job_stuck", "68b4aef73eaa4e179d8a4eace693ae2d", LogLevel::error,
     "A run is past its timeout; the job's ticks are skipped until it ends."},
    {"job_recovered", "142c83647806457793e783e7eb04b39b", LogLevel::info, "A stuck run ended."},
    {"job_failed", "3b041641178844f2a60df25453fe2e85", LogLevel::warning,
     "A job's run failed after the one before was well."},
    {"job_ok", "00a154d85ed84bccb5c719c2add9ca88", LogLevel::info, "A job runs well again."},
    {"loop_error", "c0290103855d4f5599ec8712e8e3574f", LogLevel::error,
     "A callback of the event loop failed; its source stays armed."},
    {"store_failing", "6e704245a4ff41e3a7949b80dcb0b82e", LogLevel::error,
     "The local store cannot be written; samples wait in memory."},
    {"store_recovered", "de1b1471320a48eab7a788d106762832", LogLevel::info,
     "The local store is written again."},
    {"store_quarantined", "4350cc1721e54f21acd552a09ddbef12", LogLevel::error,
     "The local store was corrupt, was moved aside and begun anew."},
    {"samples_dropped", "9ed89eddd6844325b600e6129ec04ece", LogLevel::warning,
     "Samples were dropped, with the reason."},
    {"store_moved", "627bf3225fac4cb6a34acb115ee347dd", LogLevel::error,
     "The store file was moved or removed while in use; another one is opened."},
    {"epoch_begun", "a930d55d954540f3ae889fe46f2c7a8c", LogLevel::warning,
     "The local store began a new delivery epoch."},
    {"catch_all_rows", "9466d31c94354950b47504868a9cd0d0", LogLevel::warning,
     "Rows in MySQL were in no partition of their time; maintenance moves them."},
    {"machine_id_cloned", "0d8cdd8f7a0e4d0ab2c1a9e55c4e8d57", LogLevel::error,
     "Another agent delivers to MySQL under the same machine id."},
    {"rows_refused", "b7a1d1f9c3f64f2f9a57c0fb0d2a9b33", LogLevel::error,
     "MySQL refused rows for what is in them; they are listed in dead_letters."},
    {"redelivered", "6f3c5bf4f0a94c62a5c9f0f6a8f2e911", LogLevel::info,
     "Delivered samples were sent to MySQL once more, as asked for."},
    {"cleanup_ran", "ff06e204f522428781fe984887592354", LogLevel::info,
     "A cleanup run removed something; the tables cleanup_runs and cleanup_actions tell what."},
    {"cleanup_failed", "94497f9938ce44969221e3ae76539441", LogLevel::warning,
     "Some deletions of a cleanup run failed."},
    {"pressure_unresolved", "34332ae603e947fe82bdbb16cce990e1", LogLevel::warning,
     "A disk is still too full after a cleanup run; the biggest consumers are named."},
    {"image_pulled", "f48ec6eeff944da7a6e7199018bf35fe", LogLevel::info,
     "A pull brought an image that was not there before."},
    {"pull_failed", "5bedbc1d8fb9408ba250065b6bc50d4d", LogLevel::warning,
     "An image could not be pulled; told once per reason."},
    {"engine_change_passed", "63566e9de101454fbea59322be0070ce", LogLevel::info,
     "The gate passed a deletion, a prune or a pull on to the container engine."},
    {"engine_change_answered", "b45996924b494d64b8466fec2447009f", LogLevel::info,
     "How the container engine answered a change that the gate had passed on."},
    {"engine_request_refused", "6b85f5e227d14c50bc0e47ff0baab508", LogLevel::warning,
     "The gate refused what is not in the list of what may be asked."},
    {"engine_request_throttled", "6cd54dfd673b4b1493c7edd5661df9fc", LogLevel::warning,
     "The gate held a request back because there were too many."},
    {"gate_refusals_untold", "f4ce2903133240cd851b527128b4904f", LogLevel::warning,
     "So many refused requests that the gate told of the first ones only."},
    {"engine_unreachable", "9d69700e198e4569b6cba70d18716d0e", LogLevel::warning,
     "The gate cannot connect to the container engine."},
    {"engine_reached", "2c1d5bb0f1c94f7fa0d33a8ac4d8e6b1", LogLevel::info,
     "The gate can connect to the container engine again."},
};
constexpr EventKind unknown_kind{"unknown", "43f2f1936e854f08b5927b0fe339d309", LogLevel::error,
                                 "Not in the table."};

}  // namespace

std::span<const EventKind> event_kinds() {
  return kinds;
}

const EventKind& find_event_kind(std::string_view name) {
  const auto* found = std::ranges::find(kinds, name, &EventKind::name);
  return found == std::end(kinds) ? unknown_kind : *found;
}

}  // namespace caretaker
