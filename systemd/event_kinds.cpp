// SPDX-License-Identifier: MIT
#include "systemd/event_kinds.h"

#include <algorithm>

namespace caretaker {
namespace {

constexpr EventKind kinds[] = {
    {"daemon_started", "47eaa0992cb6416d86dc283cf0480ff9", LogLevel::info, "The daemon is ready.", "",
     "All jobs are scheduled, the local store is open or being opened, and the control socket answers: "
     "@DETAIL@.",
     "It samples from its next tick on.", "Nothing has to be done.",
     "caretakerctl status; caretakerctl doctor checks the whole installation."},
    {"daemon_stopped", "1509bb0a9bf143318a118783593942a4", LogLevel::info, "The daemon ended in order.", "",
     "What waited in memory was written to the local store. A thread that hung in the kernel was left "
     "behind: @DETAIL@.",
     "The next start goes on where this one ended; samples that wait for MySQL are kept.",
     "Nothing, where the stop was meant.", "systemctl status caretaker"},
    {"daemon_failed", "5a0f4b7bd6a24f7b8d2dcf4e3d9c61a7", LogLevel::error,
     "The daemon could not start, or its event loop broke.", "", "It said: @DETAIL@.",
     "Where systemd runs it, it is started again after a few seconds, except after a mistake in the "
     "configuration.",
     "Mend what the message names, then: systemctl restart caretaker",
     "caretakerctl doctor; journalctl -u caretaker"},
    {"config_reloaded", "f5ec52ed0108447592e1bc7656670b14", LogLevel::info, "A reload took effect.", "CONFIG",
     "The configuration @CONFIG@ was read anew: @DETAIL@.",
     "Jobs whose settings changed began anew; all others went on without a gap.",
     "Nothing, unless the reload named settings that wait for a restart.",
     "caretakerctl jobs; docs/configuration.md"},
    {"config_invalid", "59ba1b0d5c904158a909406c2e416788", LogLevel::error,
     "The configuration has mistakes; a running daemon keeps the old one.", "CONFIG",
     "In @CONFIG@: @DETAIL@.",
     "A reload changes nothing and the old configuration keeps running. A start ends with the exit status "
     "78, and systemd does not try again.",
     "Mend the lines that are named, then: systemctl reload caretaker, or start it where it does not run.",
     "caretakerctl check-config lists every mistake with file and line; docs/configuration.md"},
    {"config_warning", "2c8f6a1be0d94d0c9b5e7a3f41d8c6b2", LogLevel::warning,
     "The configuration works, but somebody should look at it.", "CONFIG", "In @CONFIG@: @DETAIL@.",
     "The daemon starts as usual.", "Do what the line says; it is told once at every start.",
     "caretakerctl check-config; docs/configuration.md"},
    {"clock_step", "5d32fe61985f44e7aa095ee82bb29976", LogLevel::warning,
     "The wall clock was set; rates begin a new baseline.", "",
     "The time of day jumped: @DETAIL@. Something set the clock, or the machine was restored from a "
     "snapshot.",
     "Rates begin anew, and after a step back samples get times that cannot meet those of the first pass "
     "through the same hour.",
     "A single step after a boot is usual. Where steps come again, see that only one service sets the clock.",
     "timedatectl status; caretakerctl doctor checks the clock"},
    {"suspend", "9a1e40b458154a9999e2d15364c7a500", LogLevel::info,
     "The machine slept; rates begin a new baseline.", "",
     "The machine was suspended: @DETAIL@. There are no samples of that time.",
     "Sampling goes on with the next tick; the ticks that were slept through are not made up for.",
     "Nothing has to be done.", "caretakerctl history load1"},
    {"job_stuck", "68b4aef73eaa4e179d8a4eace693ae2d", LogLevel::error,
     "A run is past its timeout; the job's ticks are skipped until it ends.", "JOB",
     "The job @JOB@ waits for something that does not answer: @DETAIL@. Usually a dead network mount, an "
     "engine or a server.",
     "All other jobs keep their beat. The job goes on by itself as soon as the call returns; its missed "
     "ticks are counted.",
     "Look for what it waits for. A process that hangs in the kernel cannot be ended; a mount can be lifted "
     "with umount -f -l.",
     "caretakerctl jobs; SELECT * FROM events WHERE subject = '@JOB@' ORDER BY time DESC"},
    {"job_recovered", "142c83647806457793e783e7eb04b39b", LogLevel::info, "A stuck run ended.", "JOB",
     "The call that the job @JOB@ waited for returned: @DETAIL@.", "The job keeps its beat again.",
     "Nothing, but find out why it hung where it comes again.", "caretakerctl jobs"},
    {"job_failed", "3b041641178844f2a60df25453fe2e85", LogLevel::warning,
     "A job's run failed after the one before was well, or fails for another reason now.", "JOB",
     "The job @JOB@ says: @DETAIL@. This is told once per reason, however often the job tries.",
     "The job is tried again at every tick. Nothing that was collected is lost: what cannot be delivered "
     "waits in the local store.",
     "Mend what the message names. For a job of your own: caretakerctl run @JOB@ shows what it prints.",
     "caretakerctl jobs; caretakerctl doctor; SELECT * FROM job_runs WHERE job = '@JOB@' ORDER BY time DESC"},
    {"job_ok", "00a154d85ed84bccb5c719c2add9ca88", LogLevel::info, "A job runs well again.", "JOB",
     "The job @JOB@ failed and does not any more.",
     "It goes on as configured; for delivery: what waited is sent now, oldest first.",
     "Nothing has to be done.", "caretakerctl jobs"},
    {"loop_error", "c0290103855d4f5599ec8712e8e3574f", LogLevel::error,
     "A callback of the event loop failed; its source stays armed.", "",
     "Something inside the daemon failed in a way that should not happen: @DETAIL@.",
     "It goes on, and the same thing is tried again at its next turn. The same reason is told once in ten "
     "minutes.",
     "Restart the service where something does not work any more, and report the message as a bug.",
     "caretakerctl status; journalctl -u caretaker"},
    {"store_failing", "6e704245a4ff41e3a7949b80dcb0b82e", LogLevel::error,
     "The local store cannot be written; samples wait in memory.", "STORE",
     "The store @STORE@ cannot be written: @DETAIL@. Usually its file system is full or read-only, or its "
     "owner was changed.",
     "Samples wait in a bounded queue in memory and the store is tried again every few seconds. When the "
     "queue is full the oldest are dropped and counted.",
     "Make room or give the file back to the user caretaker. Nothing has to be restarted.",
     "caretakerctl doctor; df -h; caretakerctl status shows how many samples wait"},
    {"store_recovered", "de1b1471320a48eab7a788d106762832", LogLevel::info,
     "The local store is written again.", "STORE",
     "The store @STORE@ takes samples again, with those that waited in memory.", "It goes on as before.",
     "Nothing; samples_dropped tells where the outage was too long for the memory.", "caretakerctl status"},
    {"store_quarantined", "4350cc1721e54f21acd552a09ddbef12", LogLevel::error,
     "The local store was corrupt, was moved aside and begun anew.", "STORE",
     "The database file @STORE@ was damaged: @DETAIL@. A failing disk, a crash of the machine, or somebody "
     "wrote into it.",
     "The damaged file is kept beside the new one (the newest two are), and everything goes on. What MySQL "
     "has is not concerned.",
     "Look at the disk. What was not delivered can be read from the old file with: sqlite3 FILE .recover",
     "dmesg; smartctl -a; docs/reliability.md"},
    {"samples_dropped", "9ed89eddd6844325b600e6129ec04ece", LogLevel::warning,
     "Samples were dropped, with the reason.", "REASON",
     "@DETAIL@. The reason @REASON@ says which limit was met: the memory's while the store could not be "
     "written, or the store's size or age while MySQL was away.",
     "It counts every one of them; collected = delivered + pending + expired + dropped stays true. The same "
     "reason is told once per episode.",
     "End the outage that fills the store, or raise [store] size_max and retention.",
     "caretakerctl status; docs/reliability.md"},
    {"store_moved", "627bf3225fac4cb6a34acb115ee347dd", LogLevel::error,
     "The store file was moved or removed while in use; another one is opened.", "STORE",
     "The file @STORE@ is not the one any more that the daemon wrote to. Somebody removed or replaced it.",
     "A new store is begun. What was not delivered and not kept elsewhere is gone; MySQL keeps what it has.",
     "Stop the service before the store is moved. For a copy use: sqlite3 FILE .backup",
     "docs/sql.md tells how to read the store while it is in use"},
    {"epoch_begun", "a930d55d954540f3ae889fe46f2c7a8c", LogLevel::warning,
     "Delivery began a new epoch: the local store is new, was restored or was copied.", "SUBJECT",
     "@DETAIL@. The store does not go on where MySQL has it, so delivery counts anew.",
     "Nothing is delivered twice: rows that are there already stay as they are.",
     "After a boot, a new store or a restored snapshot: nothing. Else see whether two machines have one "
     "machine id.",
     "SELECT * FROM deliveries; docs/reliability.md"},
    {"catch_all_rows", "9466d31c94354950b47504868a9cd0d0", LogLevel::warning,
     "Rows in MySQL were in no partition of their time; maintenance moves them.", "SERVER",
     "On @SERVER@: @DETAIL@. Nobody made partitions for days, or a host's clock is in the future.",
     "Maintenance moves the rows to the days of their time, as soon as the account may do that.",
     "Run caretakerctl mysql maintain with an administrator's account, or enable "
     "caretaker-mysql-maintain.timer.",
     "caretakerctl mysql maintain --dry-run; docs/sql.md"},
    {"machine_id_cloned", "0d8cdd8f7a0e4d0ab2c1a9e55c4e8d57", LogLevel::error,
     "Another agent delivers to MySQL under the same machine id.", "SERVER",
     "Two machines have one machine id, so MySQL takes them for one host: @DETAIL@. Usually both come from "
     "one image.",
     "Both go on delivering; their rows are mixed under one host.",
     "On one of them: rm /etc/machine-id && systemd-machine-id-setup, then restart the machine. Empty "
     "/etc/machine-id in the image.",
     "SELECT * FROM hosts; caretakerctl doctor checks the machine id"},
    {"rows_refused", "b7a1d1f9c3f64f2f9a57c0fb0d2a9b33", LogLevel::error,
     "MySQL refused rows for what is in them; they are listed in dead_letters.", "SERVER",
     "@SERVER@ took everything but some rows: @DETAIL@. Often a table was changed by hand.",
     "The rows are listed in the local table dead_letters and counted as dropped; everything else is "
     "delivered. The same reason is told once per episode.",
     "Compare the table with the schema, mend it, then: caretakerctl mysql redeliver --since 1d",
     "sqlite3 -readonly /var/lib/caretaker/metrics.db 'SELECT * FROM dead_letters'; docs/sql.md"},
    {"redelivered", "6f3c5bf4f0a94c62a5c9f0f6a8f2e911", LogLevel::info,
     "Delivered samples were sent to MySQL once more, as asked for.", "SERVER",
     "caretakerctl mysql redeliver has done its work: @DETAIL@.",
     "Rows that were there already were left alone.", "Nothing has to be done.", "docs/caretakerctl.md"},
    {"cleanup_ran", "ff06e204f522428781fe984887592354", LogLevel::info,
     "A cleanup run removed something; the tables cleanup_runs and cleanup_actions tell what.", "ENGINE",
     "@DETAIL@. Every object was planned with a reason, and the plan was on disk before anything was "
     "deleted.",
     "The next run comes when it is due or a disk is too full.",
     "Nothing; to keep an object from now on give it a label or a pattern in [cleanup] keep.",
     "caretakerctl cleanup history --actions; docs/cleanup.md"},
    {"cleanup_failed", "94497f9938ce44969221e3ae76539441", LogLevel::warning,
     "Some deletions of a cleanup run failed.", "ENGINE",
     "The engine at @ENGINE@ did not delete everything: @DETAIL@.",
     "The next run tries again where the object is still unused. The same reason is told once until a run is "
     "well.",
     "Look at what the engine says about the object; something may hold it that the engine does not list.",
     "caretakerctl cleanup history --actions; docs/cleanup.md"},
    {"pressure_unresolved", "34332ae603e947fe82bdbb16cce990e1", LogLevel::warning,
     "A disk is still too full after a cleanup run; the biggest consumers are named.", "ENGINE",
     "Cleanup has removed what its rules allow, and it was not enough: @DETAIL@.",
     "It tries again while the disk is too full, never against the rules. This is told once until there is "
     "room.",
     "Remove what the message names, widen the rules of [cleanup.docker], or give the disk more room.",
     "caretakerctl cleanup plan --pressure --all; caretakerctl cleanup status"},
    {"pressure_resolved", "7b1d2c0e9a53475fb3f0a4d1c86e2f59", LogLevel::info,
     "The disks that were too full have room again.", "ENGINE",
     "The disks are below [cleanup] pressure_low again.", "Cleanup goes back to its usual pace and rules.",
     "Nothing has to be done.", "caretakerctl cleanup status"},
    {"image_pulled", "f48ec6eeff944da7a6e7199018bf35fe", LogLevel::info,
     "A pull brought an image that was not there before.", "IMAGE",
     "The registry has another image under the name @IMAGE@: @DETAIL@.",
     "Containers go on with the image they have. The old one goes when cleanup's rules say so.",
     "Make the containers anew that should run the new image.", "docker image ls; docs/cleanup.md"},
    {"pull_failed", "5bedbc1d8fb9408ba250065b6bc50d4d", LogLevel::warning,
     "An image could not be pulled; told once per reason.", "IMAGE",
     "The engine could not bring @IMAGE@: @DETAIL@.",
     "It is tried again at every interval of the job; the other images are pulled.",
     "See whether the name is right, the registry can be reached and [pull.NAME] auth_file holds its "
     "credentials.",
     "caretakerctl jobs; docs/cleanup.md"},
    {"engine_change_passed", "63566e9de101454fbea59322be0070ce", LogLevel::info,
     "The gate passed a deletion, a prune or a pull on to the container engine.", "TARGET",
     "Cleanup or a pull job asked for a change that is in the list of what may be asked: @DETAIL@.",
     "The answer of the engine follows as an entry of its own.",
     "Nothing: it is the record of what was asked.",
     "journalctl -u caretaker-docker-gate; docs/caretaker-docker-gate.md"},
    {"engine_change_answered", "b45996924b494d64b8466fec2447009f", LogLevel::info,
     "How the container engine answered a change that the gate had passed on.", "TARGET",
     "@DETAIL@. From 400 on the engine refused it, or could not do it.",
     "Cleanup records the outcome of every object in cleanup_actions.",
     "Nothing here; caretakerctl cleanup history --actions tells what became of it.",
     "journalctl -u caretaker-docker-gate; docs/cleanup.md"},
    {"engine_request_refused", "6b85f5e227d14c50bc0e47ff0baab508", LogLevel::warning,
     "The gate refused what is not in the list of what may be asked.", "TARGET",
     "@DETAIL@. Caretaker itself asks nothing else, so another program, or a daemon of another version, uses "
     "the "
     "gate's socket.",
     "Nothing of the request reached the engine.",
     "See which process PEER_PID and PEER_UID of the entry name, and who is in the group caretaker.",
     "journalctl -u caretaker-docker-gate -o verbose; docs/caretaker-docker-gate.md"},
    {"engine_request_throttled", "6cd54dfd673b4b1493c7edd5661df9fc", LogLevel::warning,
     "The gate held a request back because there were too many.", "TARGET",
     "@DETAIL@. The gate has a limit of requests per time, which is far above what a cleanup run needs.",
     "The answer was 429; Caretaker tries again later.",
     "See which process PEER_PID of the entry names, and what it is doing.",
     "journalctl -u caretaker-docker-gate -o verbose; docs/caretaker-docker-gate.md"},
    {"gate_refusals_untold", "f4ce2903133240cd851b527128b4904f", LogLevel::warning,
     "So many refused requests that the gate told of the first ones only.", "", "@DETAIL@.",
     "Every one of them was refused all the same.",
     "Look at the refusals before this entry: they name the process that asks.",
     "journalctl -u caretaker-docker-gate -p warning; docs/caretaker-docker-gate.md"},
    {"engine_unreachable", "9d69700e198e4569b6cba70d18716d0e", LogLevel::warning,
     "The gate cannot connect to the container engine.", "",
     "@DETAIL@. The engine does not run, or its socket is not open to the gate.",
     "Every request is answered with 502 and tried again at cleanup's next check.",
     "Start the engine; where permission is missing: caretakerctl setup docker",
     "systemctl status docker caretaker-docker-gate; caretakerctl doctor"},
    {"engine_reached", "2c1d5bb0f1c94f7fa0d33a8ac4d8e6b1", LogLevel::info,
     "The gate can connect to the container engine again.", "",
     "The engine's socket takes connections again.", "Requests are passed on again.",
     "Nothing has to be done.", "caretakerctl cleanup status"},
};
constexpr EventKind unknown_kind = {
    "unknown",       "43f2f1936e854f08b5927b0fe339d309",
    LogLevel::error, "Not in the table.",
    "SUBJECT",       "The daemon told of something that it has no name for: @DETAIL@. This is a bug.",
    "It goes on.",   "Report the message as a bug.",
    "docs/events.md"};

}  // namespace

std::span<const EventKind> event_kinds() {
  return kinds;
}

const EventKind& find_event_kind(std::string_view name) {
  const auto* found = std::ranges::find(kinds, name, &EventKind::name);
  return found == std::end(kinds) ? unknown_kind : *found;
}

}  // namespace caretaker
