// SPDX-License-Identifier: MIT
#include "cleanup/registry_auth.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/file.h"

namespace caretaker {
namespace {

using nlohmann::json;
using std::string;
using std::string_view;

constexpr string_view hub = "docker.io";
constexpr string_view hub_server = "https://index.docker.io/v1/";  // what engines know it by

constexpr string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr string_view base64url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// RFC 4648 with padding, which docker wants.
string encode_base64url(string_view bytes) {
  string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= group.size() ? base64url_digits[bits >> (18U - 6U * i) & 63U] : '=';
    }
  }
  return text;
}

std::optional<string> decode_base64(string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char digit : text) {
    const std::size_t value = base64_digits.find(digit);
    if (value == string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFFU);
  }
  return bytes;
}

// "https://index.docker.io/v1/" -> docker.io, "https://ghcr.io/v2/" -> ghcr.io, "quay.io/name" as it is:
// podman's keys for a part of a registry match no host.
string host_of_key(string_view key) {
  for (const string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  for (const string_view tail : {"/", "/v1", "/v2"}) {
    if (key.ends_with(tail)) key.remove_suffix(tail.size());
  }
  if (key == "index.docker.io" || key == "registry-1.docker.io") return string(hub);
  return string(key);
}

// The member's text; empty without it.
string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  return found->get<string>();
}

struct Credentials {
  string username;
  string password;
  string identity_token;
  [[nodiscard]] bool empty() const { return username.empty() && password.empty() && identity_token.empty(); }
};

std::optional<Credentials> read_credentials(const json& entry) {
  if (!entry.is_object()) return std::nullopt;
  Credentials credentials{.username = text_of(entry, "username"),
                          .password = text_of(entry, "password"),
                          .identity_token = text_of(entry, "identitytoken")};
  if (const string encoded = text_of(entry, "auth"); !encoded.empty()) {
    const auto decoded = decode_base64(encoded);
    const std::size_t colon = decoded ? decoded->find(':') : string::npos;
    if (colon == string::npos) return std::nullopt;
    credentials.username = decoded->substr(0, colon);
    credentials.password = decoded->substr(colon + 1);
    while (credentials.password.ends_with('\0')) credentials.password.pop_back();
  }
  if (credentials.username.empty() && !credentials.password.empty()) return std::nullopt;
  return credentials;
}

Secret header_of(const Credentials& credentials, const string& host) {
  // Without the address, an engine with containerd's image store takes them for Docker Hub's.
  json header = {{"serveraddress", host == hub ? string(hub_server) : host}};
  if (!credentials.identity_token.empty()) {
    header["identitytoken"] = credentials.identity_token;
  } else {
    header["username"] = credentials.username;
    header["password"] = credentials.password;
  }
  return Secret(encode_base64url(header.dump(-1, ' ', false, json::error_handler_t::replace)));
}

}  // namespace

Result<RegistryAuth> RegistryAuth::load(const string& path) {
  auto text = read_file(path, auth_file_bytes_max);
  if (!text) return std::unexpected(std::move(text.error()));
  return parse(*text, path);
}

Result<RegistryAuth> RegistryAuth::parse(string_view text, const string& path) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return fail(path + ": is not JSON of the form {\"auths\": {...}}");
  RegistryAuth auth;
  auth.path_ = path;
  if (const auto auths = document.find("auths"); auths != document.end()) {
    if (!auths->is_object()) return fail(path + ": auths is not an object");
    for (const auto& [key, entry] : auths->items()) {
      const auto credentials = read_credentials(entry);
      if (!credentials) {
        return fail(fmt::format("{}: the entry of {} in auths is no user with a password", path, key));
      }
      const string host = host_of_key(key);
      if (!credentials->empty()) auth.headers_.emplace(host, header_of(*credentials, host));
    }
  }
  auth.helper_for_all_ = !text_of(document, "credsStore").empty();
  if (const auto helpers = document.find("credHelpers"); helpers != document.end() && helpers->is_object()) {
    for (const auto& [key, helper] : helpers->items()) auth.helper_hosts_.insert(host_of_key(key));
  }
  return auth;
}

Result<Secret> RegistryAuth::header_for(const string& repository) const {
  const string host = registry_of(repository);
  if (const auto found = headers_.find(host); found != headers_.end()) return found->second;
  if (helper_for_all_ || helper_hosts_.contains(host)) {
    return fail(path_ + ": the credentials of " + host +
                " are with a credential helper (credsStore, credHelpers), which is not supported; put them "
                "into auths");
  }
  return Secret();
}

string registry_of(string_view repository) {
  const std::size_t slash = repository.find('/');
  const string_view first = repository.substr(0, slash);
  const bool host =
      slash != string_view::npos && (first.contains('.') || first.contains(':') || first == "localhost");
  return host ? host_of_key(first) : string(hub);
}

}  // namespace caretaker
