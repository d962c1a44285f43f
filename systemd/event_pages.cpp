// SPDX-License-Identifier: MIT
#include "systemd/event_pages.h"

#include <fmt/format.h>

#include <string_view>

#include "base/text.h"
#include "systemd/event_kinds.h"

namespace caretaker {
namespace {

constexpr std::size_t catalog_columns = 79;

constexpr std::string_view catalog_head = R"(# SPDX-License-Identifier: MIT
# What `journalctl -x` tells below the entries of Caretaker. Made by caretakerd --print-journal-catalog.
)";

constexpr std::string_view introduction = R"(# Events

What happens once and matters is an event: a row of the table `events`, in the local store and in MySQL, and an
entry of the journal. A fault that lasts is told when it begins, once more for every other reason that it gets, and when
it ends; never at every attempt.

An entry of the journal has these fields beside `MESSAGE` and `PRIORITY`:

| field | what it holds |
|---|---|
| `MESSAGE_ID` | the kind of event, below |
| `EVENT` | its name, as in the SQL column `kind` |
| `DETAIL` | what happened, as in the SQL column `message` |
| `JOB`, `STORE`, `SERVER`, `IMAGE`, `ENGINE`, `CONFIG`, `REASON`, `SUBJECT` | what it is about, as in the SQL column `subject`; which of them, says the kind |
| `HOST` | the host's name in SQL |

```sh
journalctl -u caretaker -p warning            # what is wrong, and since when
journalctl -u caretaker -x                    # with the explanations of this page
journalctl EVENT=job_failed JOB=mysql -o verbose
journalctl MESSAGE_ID=6e704245a4ff41e3a7949b80dcb0b82e --since today
```

```sql
SELECT time, kind, subject, message FROM events ORDER BY time DESC LIMIT 20;
```

`@FIELD@` below stands for the field of the entry. Levels are those of `[log] level`.

| kind | level | what it says |
|---|---|---|
)";

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

// `text` in lines of at most catalog_columns.
std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (const std::string_view word : split(text, ' ')) {
    const bool fits = column == 0 || column + 1 + word.size() <= catalog_columns;
    if (column > 0) out += fits ? ' ' : '\n';
    column = (fits && column > 0 ? column + 1 : 0) + word.size();
    out += word;
  }
  return out + '\n';
}

// "The store is full." -> "The store is full"
std::string_view without_stop(std::string_view sentence) {
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return sentence;
}

}  // namespace

std::string journal_catalog() {
  std::string text(catalog_head);
  for (const EventKind& kind : event_kinds()) {
    text += fmt::format(
        "\n-- {}\nSubject: {}\nDefined-By: Caretaker\nSupport: man:caretakerctl(1)\n"
        "Documentation: man:caretakerd(8)\n\n{}\n{}\n{}{}",
        kind.message_id, without_stop(kind.help), wrapped(kind.meaning), wrapped(kind.by_itself),
        wrapped(fmt::format("What to do: {}", kind.action)), wrapped(fmt::format("See also: {}", kind.more)));
  }
  return text;
}

std::string event_reference_markdown() {
  std::string text(introduction);
  for (const EventKind& kind : event_kinds()) {
    text += fmt::format("| [`{0}`](#{0}) | {1} | {2} |\n", kind.name, level_name(kind.level), kind.help);
  }
  for (const EventKind& kind : event_kinds()) {
    text += fmt::format(
        "\n## {}\n\n`MESSAGE_ID={}`, level {}{}.\n\n{} {}\n\n{}\n\nWhat to do: {}\n\nSee also: {}\n",
        kind.name, kind.message_id, level_name(kind.level),
        kind.subject.empty() ? "" : fmt::format(", subject `{}`", kind.subject), kind.help, kind.meaning,
        kind.by_itself, kind.action, kind.more);
  }
  return text;
}

}  // namespace caretaker
