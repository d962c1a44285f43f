// SPDX-License-Identifier: MIT
#include "config/reference.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "config/key_table.h"

namespace caretaker {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t sample_columns_max = 100;

struct SectionHelp {
  string_view section;
  string_view help;
};
// In the order of both texts.
constexpr std::array section_helps = {
    SectionHelp{"service", "What concerns every job."},
    SectionHelp{"store", "The local database."},
    SectionHelp{"mysql", "Delivery to a MySQL or MariaDB server. Off until `host` or `socket` is set."},
    SectionHelp{"control", "The way in for `caretakerctl`."},
    SectionHelp{"log", "Messages of the daemon."},
    SectionHelp{"collector.*", "What every collector has."},
    SectionHelp{"collector.filesystem", "Besides the keys of every collector:"},
    SectionHelp{"collector.disk", "Besides the keys of every collector:"},
    SectionHelp{"collector.network", "Besides the keys of every collector:"},
    SectionHelp{"job.*",
                "A command of your own that runs on a timer, one section per job. NAME is yours to choose: "
                "up to 32 letters, digits, '_' and '-', but not the name of a built-in job."},
    SectionHelp{
        "cleanup",
        "What fills the disk, and who may remove it. A new installation only makes plans and records them."},
    SectionHelp{"cleanup.docker",
                "Docker's or Podman's images, containers, volumes, networks and build cache."},
    SectionHelp{"pull.*",
                "Images that are pulled on a timer, one section per job `pull.NAME`, never while "
                "cleanup removes something."},
};

constexpr string_view markdown_intro =
    R"(# Configuration

<!-- Made by `caretakerd --print-config-reference`. Do not edit. -->

Caretaker works without any configuration: every key has a default. The commented sample
`/etc/caretaker/config.ini` lists all of them.

```ini
[service]
interval = 5

[mysql]
host = localhost
user = monitor
password_file = /etc/caretaker/mysql-password
database = monitor
```

## Files

`/etc/caretaker/config.ini` is read first, then every `config.d/*.ini` beside it, sorted by name. When two files set
the same key, the later file wins. Within one file a key may be given only once; a section may appear several times.

After a change, check it and load it. A reload with a mistake in it keeps the old configuration running.

```sh
caretakerd --check-config
systemctl reload caretaker
```

## Lines

- `[section]`, then `key = value` lines that begin in the first column. Names are in lower case.
- Comments are lines of their own that begin with `#` or `;`. Behind a value there can be none.
- A line has at most 199 bytes; only comments may be longer. Text is UTF-8.
- Lists go on in indented lines. No other value does.
- Quotes mean something only in lists and commands. Elsewhere the value is written as it is.

## Values

| type | written as |
|---|---|
| duration | `500ms`, `5s`, `10m`, `1h`, `7d`; a bare number is seconds |
| size | `4096`, `64K`, `512M`, `10G`, `1T`: powers of 1024 |
| `true` or `false` | also `yes` and `no`, `on` and `off`, `1` and `0` |
| list of globs | patterns with `*`, `?` and `[...]`, separated by blanks or commas; `*` matches `/` too. A list replaces the default; it does not add to it |
| command line | words separated by blanks; `'...'`, `"..."` and `\` as in a shell, but nothing is expanded |
| list of NAME=value | separated by blanks; quote an item with blanks in it: `"GREETING=good morning"` |
| absolute path | begins with `/` |

```ini
[collector.disk]
devices_exclude = ram* loop*
    sr* "odd name*"
```

## Secrets

The MySQL password comes from the first of these that is there:

1. `password` in `[mysql]`. Everyone who can read the file knows it then; a file that all accounts can read is warned
   about. A password with blanks at its ends, or with ` ;` in it, cannot be written here.
2. `password_file` in `[mysql]`: the path of a file with the password on one line and nothing else. It is read at
   every connect: a new password works without a reload.
3. The systemd credential `mysql-password`: `/etc/credstore/mysql-password`, or what `caretakerctl setup mysql` keeps, encrypted,
   in `/etc/credstore.encrypted/mysql-password`. It stays as it is until the service is restarted.

No secret appears in a log, a status or an error message.

## Mistakes

Every mistake of every file is listed with its place and, where there is one, the word that was probably meant:

```
/etc/caretaker/config.ini:3: [service] intervall: unknown key (did you mean 'interval'?)
/etc/caretaker/config.ini:9: [mysql] port: is out of range: 1 to 65535
/etc/caretaker/config.d/disk.ini:2: [colector.disk]: unknown section (did you mean 'collector.disk'?)
```

With a mistake `caretakerd` does not start, and it and `--check-config` exit with 78. A warning is only shown: the exit
code stays 0.

## Commands of your own

```ini
[job.backup-check]
command = /usr/local/bin/check-backup --quick
interval = 1h
timeout = 5m
```

A command runs in a process group of its own, without a shell, with an empty standard input. At its timeout the whole
group gets SIGTERM and two seconds later SIGKILL. Exit status, duration, CPU time and output (the first and last 8 KiB
of each stream) are kept in the table `job_runs`; any exit status but 0 makes the run a failed one.

Under systemd a command runs inside the sandbox of `caretaker.service`: as the user `caretaker`, without capabilities,
with a read-only file system but for `/var/lib/caretaker`, a private `/tmp` and no devices, without netlink (`ip`, `ss`)
and without the system calls that change owners and priorities (`chown`, `ionice`). A command that needs more
gets it by a drop-in (`systemctl edit caretaker`), which opens the sandbox for the daemon too:

```ini
[Service]
ReadWritePaths=/srv/backup
RestrictAddressFamilies=AF_NETLINK
SystemCallFilter=@resources
```

`user = NAME` needs a daemon that runs as root: `User=root`, `CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL` and
`SystemCallFilter=@privileged` in such a drop-in.

## Cleanup

A new installation deletes nothing: `mode = observe` makes a plan every hour, records it and shows it with
`caretakerctl cleanup plan`. When you agree with what it says:

```ini
[cleanup]
mode = enforce
keep = prod/*, */cache:*
```

What counts as in use, what goes first and what every word means: [cleanup.md](cleanup.md).

## Keys
)";

constexpr string_view sample_intro =
    R"(# Configuration of Caretaker.
#
# Every key is shown with its default and commented out with ';'. To change one, remove the ';' and
# write your value. Comments stand on lines of their own. All about it: docs/configuration.md.
# Your own settings can also go into config.d/*.ini beside this file; later files win.
# Check: caretakerd --check-config     Apply: systemctl reload caretaker
)";

constexpr string_view sample_job =
    R"(
# [job.NAME]: a command of your own that runs on a timer; its output and exit status go into SQL.
#
#     [job.backup-age]
#     command = /usr/local/bin/backup-age --json
#     interval = 1h
#     timeout = 30s
#
)";

constexpr string_view sample_pull =
    R"(
# [pull.NAME]: images that are pulled on a timer, never while cleanup removes something.
#
#     [pull.base]
#     images = ubuntu, nginx:1.25, redis
#     interval = 6h
#
)";

string with_name(string_view section) {
  string text(section);
  if (text.ends_with(".*")) text.replace(text.size() - 1, 1, "NAME");
  return text;
}

void append_markdown_section(string& out, const SectionHelp& help, const string& names) {
  out += "\n### [" + with_name(help.section) + "]\n\n" + string(help.help);
  if (help.section == "collector.*") out += " NAME is one of " + names + ".";
  out += "\n\n| key | type and range | default | meaning |\n|---|---|---|---|\n";
  for (const Key& key : key_table()) {
    if (key.section != help.section) continue;
    const string value = default_text(key);
    out += "| `" + string(key.name) + "` | " + describe(key.type) + " | ";
    out += (value.empty() ? "" : "`" + value + "`") + " | " + string(key.help) + " |\n";
  }
}

// `text` as comment lines, without Markdown's backquotes.
void append_comment(string& out, string_view text) {
  string line = "#";
  while (true) {
    string word(take_word(text));
    if (word.empty()) break;
    std::erase(word, '`');
    if (line.size() + 1 + word.size() > sample_columns_max) {
      out += line + "\n";
      line = "#";
    }
    line += " " + word;
  }
  out += line + "\n";
}

void append_sample_value(string& out, const Key& key) {
  const string value = default_text(key);
  string line = ";" + string(key.name) + " =";
  string_view rest = value;
  while (!rest.empty()) {
    const string_view word = is_list(key.type) ? take_word(rest) : std::exchange(rest, {});
    if (line.size() + 1 + word.size() > sample_columns_max) {
      out += line + "\n";
      line = ";   ";
    }
    line.append(" ").append(word);
  }
  out += line + "\n";
}

// Neither one section per NAME nor one of the collectors', which are together.
bool exists_once(string_view section) {
  return !section.ends_with(".*") && !section.starts_with("collector.");
}

void append_sample_section(string& out, string_view section, bool explain_common) {
  out += "\n[" + string(section) + "]\n";
  for (const Key* key : keys_of(section)) {
    if (explain_common || !key->section.ends_with(".*")) {
      append_comment(out, string(key->help) + " (" + describe(key->type) + ")");
    }
    append_sample_value(out, *key);
  }
}

}  // namespace

string config_reference_markdown(std::span<const string_view> collector_names) {
  string names;
  for (const string_view name : collector_names) names += (names.empty() ? "`" : ", `") + string(name) + "`";
  string out(markdown_intro);
  for (const SectionHelp& help : section_helps) append_markdown_section(out, help, names);
  return out;
}

string sample_config(std::span<const string_view> collector_names) {
  string out(sample_intro);
  for (const SectionHelp& help : section_helps) {
    if (exists_once(help.section)) append_sample_section(out, help.section, true);
  }
  out += "\n# The collectors. The keys that all of them have are explained at the first one.\n";
  for (const string_view name : collector_names) {
    append_sample_section(out, "collector." + string(name), name == collector_names.front());
  }
  for (const auto& [section, text] :
       {std::pair{"job.NAME", sample_job}, std::pair{"pull.NAME", sample_pull}}) {
    out += text;
    for (const Key* key : keys_of(section)) {
      const string value = default_text(*key);
      append_comment(out,
                     string(key->name) + (value.empty() ? "" : " = " + value) + ": " + string(key->help));
    }
  }
  return out;
}

}  // namespace caretaker
