// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "support/fake_engine_http.h"
#include "support/fake_engine_json.h"
#include "support/fake_engine_model.h"

namespace caretaker::fake {

// The endpoints: one request to one answer, on any thread.
class Api {
 public:
  // `mutex` guards `model`; both must outlive the answers.
  Api(Model& model, std::mutex& mutex) : model_(model), mutex_(mutex) {}

  [[nodiscard]] Answer answer(const HttpRequest& request);

 private:
  using Handler = Answer (Api::*)(const HttpRequest&, const std::string& name);
  struct Route;
  static std::span<const Route> routes();
  [[nodiscard]] Answer dispatch(const HttpRequest& request);
  [[nodiscard]] std::optional<Answer> refuse_version(const HttpRequest& request) const;
  [[nodiscard]] Dialect dialect(const HttpRequest& request) const;
  [[nodiscard]] Answer refusal(const Refusal& refusal) const;
  [[nodiscard]] Answer not_found(const std::string& message) const;
  // Why the `filters` of a list cannot be heeded: not JSON, or others than `known` (which may be empty).
  [[nodiscard]] std::optional<Answer> refuse_filters(const HttpRequest& request,
                                                     std::string_view known) const;

  Answer ping(const HttpRequest& request, const std::string& name);
  Answer version(const HttpRequest& request, const std::string& name);
  Answer info(const HttpRequest& request, const std::string& name);
  Answer list_images(const HttpRequest& request, const std::string& name);
  Answer inspect_image(const HttpRequest& request, const std::string& name);
  Answer list_containers(const HttpRequest& request, const std::string& name);
  Answer inspect_container(const HttpRequest& request, const std::string& name);
  Answer list_volumes(const HttpRequest& request, const std::string& name);
  Answer list_libpod_volumes(const HttpRequest& request, const std::string& name);
  Answer inspect_libpod_volume(const HttpRequest& request, const std::string& name);
  Answer inspect_volume(const HttpRequest& request, const std::string& name);
  Answer list_networks(const HttpRequest& request, const std::string& name);
  Answer inspect_network(const HttpRequest& request, const std::string& name);
  Answer disk_usage(const HttpRequest& request, const std::string& name);
  Answer list_services(const HttpRequest& request, const std::string& name);
  Answer follow_events(const HttpRequest& request, const std::string& name);
  Answer pull(const HttpRequest& request, const std::string& name);
  Answer prune_build_cache(const HttpRequest& request, const std::string& name);
  Answer prune_images(const HttpRequest& request, const std::string& name);
  Answer prune_containers(const HttpRequest& request, const std::string& name);
  Answer prune_volumes(const HttpRequest& request, const std::string& name);
  Answer prune_networks(const HttpRequest& request, const std::string& name);
  Answer delete_image(const HttpRequest& request, const std::string& name);
  Answer delete_container(const HttpRequest& request, const std::string& name);
  Answer delete_volume(const HttpRequest& request, const std::string& name);
  Answer delete_network(const HttpRequest& request, const std::string& name);

  Model& model_;
  std::mutex& mutex_;
};

}  // namespace caretaker::fake
