// SPDX-License-Identifier: MIT
#include "ctl/doctor_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "ctl/detail_table.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr std::array all_verdicts = {Verdict::error, Verdict::warning, Verdict::skipped, Verdict::note,
                                     Verdict::ok};
constexpr std::size_t verdict_width = 7;  // "warning"
constexpr std::string_view gap = "  ";

Colour colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return Colour::green;
    case Verdict::note:
      return Colour::none;
    case Verdict::skipped:
      return Colour::dim;
    case Verdict::warning:
      return Colour::yellow;
    case Verdict::error:
      return Colour::red;
  }
  return Colour::none;
}

std::size_t count(std::span<const CheckedOff> checks, Verdict verdict) {
  std::size_t found = 0;
  for (const CheckedOff& check : checks) {
    found += static_cast<std::size_t>(std::ranges::count(check.findings, verdict, &Finding::verdict));
  }
  return found;
}

std::size_t name_width(std::span<const CheckedOff> checks) {
  std::size_t width = 0;
  for (const CheckedOff& check : checks) width = std::max(width, check.name.size());
  return width;
}

// On a terminal nothing is cut: what is long goes on below itself.
void print_finding(const Console& console, std::string_view name, const Finding& finding,
                   std::size_t names_width) {
  const std::size_t indent = names_width + gap.size() + verdict_width + gap.size();
  const std::string verdict = fmt::format("{:<{}}", to_string(finding.verdict), verdict_width);
  const std::string head = fmt::format("{:<{}}{}{}{}", name, names_width, gap,
                                       console.paint(colour_of(finding.verdict), verdict), gap);
  const std::string fix_text = finding.fix.empty() ? "" : "-> " + escape_text(finding.fix);
  if (console.width == 0) {
    console.out << head << escape_text(finding.found) << (fix_text.empty() ? "" : " ") << fix_text << '\n';
    return;
  }
  const std::string found = wrap_text(escape_text(finding.found), indent, console.width);
  console.out << head << (found.empty() ? "\n" : found.substr(indent));
  if (fix_text.empty()) return;
  const std::string fix = wrap_text(fix_text, indent, console.width);
  console.out << console.paint(Colour::bold, fix.substr(0, fix.size() - 1)) << '\n';
}

std::string summary(std::span<const CheckedOff> checks) {
  std::vector<std::string> parts;
  for (const Verdict verdict : all_verdicts) {
    const std::size_t found = count(checks, verdict);
    if (found == 0) continue;
    const bool plural = found > 1 && verdict != Verdict::ok && verdict != Verdict::skipped;
    parts.push_back(fmt::format("{} {}{}", found, to_string(verdict), plural ? "s" : ""));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

ExitCode exit_code_of(std::span<const CheckedOff> checks) {
  if (count(checks, Verdict::error) > 0) return ExitCode::doctor_errors;
  return count(checks, Verdict::warning) > 0 ? ExitCode::doctor_warnings : ExitCode::ok;
}

void print_checks(const Console& console, std::span<const CheckedOff> checks) {
  const std::size_t width = name_width(checks);
  for (const CheckedOff& check : checks) {
    std::string_view name = check.name;
    for (const Finding& finding : check.findings) {
      print_finding(console, name, finding, width);
      if (console.width > 0) name = "";  // in a file every line names its check
    }
  }
  console.out << '\n' << summary(checks) << '\n';
}

std::string checks_json(std::span<const CheckedOff> checks) {
  Verdict worst = Verdict::ok;
  std::string list;
  for (const CheckedOff& check : checks) {
    for (const Finding& finding : check.findings) {
      if (finding.verdict != Verdict::skipped) worst = std::max(worst, finding.verdict);
      list += list.empty() ? R"({"check":)" : R"(,{"check":)";
      append_json_string(list, check.name);
      list += fmt::format(R"(,"result":"{}","found":)", to_string(finding.verdict));
      append_json_string(list, finding.found);
      list += R"(,"fix":)";
      append_json_string(list, finding.fix);
      list += '}';
    }
  }
  std::string json = fmt::format(R"({{"result":"{}")", to_string(worst));
  for (const Verdict verdict : all_verdicts) {
    json += fmt::format(R"(,"{}":{})", to_string(verdict), count(checks, verdict));
  }
  return json + R"(,"checks":[)" + list + "]}";
}

}  // namespace caretaker::ctl
