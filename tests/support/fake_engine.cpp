// SPDX-License-Identifier: MIT
#include "support/fake_engine.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "support/fake_engine_api.h"
#include "support/fake_engine_http.h"
#include "support/fake_engine_model.h"
#include "support/fake_engine_server.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using Kind = FakeFault::Kind;

bool fits(const FakeFault& fault, const fake::HttpRequest& request) {
  return (fault.method.empty() || fault.method == request.method) &&
         request.path.starts_with(fault.path_prefix);
}

bool deletes(const fake::HttpRequest& request) {
  return request.method == "DELETE" || (request.method == "POST" && request.path.ends_with("/prune"));
}

template <class Map>
auto values_of(const Map& map) {
  std::vector<typename Map::mapped_type> values;
  values.reserve(map.size());
  for (const auto& [key, value] : map) values.push_back(value);
  return values;
}

}  // namespace

class FakeEngine::Impl {
 public:
  explicit Impl(const FakeEngineOptions& options) : model(options) { server.start(); }
  ~Impl() { server.stop(); }

  bool handle(const fake::HttpConnection& connection, const fake::HttpRequest& request) {
    const std::optional<FakeFault> fault = remember(request);
    if (!fault) return send_answer(connection, request, work(request), {});
    switch (fault->kind) {
      case Kind::status:
        return send_answer(connection, request, {.status = fault->status, .body = fault->body}, {});
      case Kind::status_after_work:
        finish(work(request), connection);
        return send_answer(connection, request, {.status = fault->status, .body = fault->body}, {});
      case Kind::hang:
        connection.wait_for_end();
        return false;
      case Kind::close:
        return false;
      case Kind::cut:
        return send_answer(connection, request, work(request),
                           {.cut_after = fault->bytes, .pause = std::nullopt});
      case Kind::drip:
        return send_answer(connection, request, work(request),
                           {.cut_after = std::nullopt, .pause = fault->pause});
      case Kind::garbage:
        static_cast<void>(connection.send(fault->body));
        return false;
      case Kind::body:
        return send_answer(connection, request, {.status = 200, .body = fault->body}, {});
    }
    return false;
  }

  TempDir folder;
  const std::string socket_path = folder.path("engine.sock");

  std::mutex model_mutex;
  fake::Model model;
  fake::Api api{model, model_mutex};

  std::mutex mutex;  // guards the rest
  std::vector<FakeRequest> requests;
  std::vector<FakeFault> faults;
  std::function<void(const FakeRequest&)> delete_callback;

  fake::Server server{socket_path,
                      [this](const fake::HttpConnection& connection, const fake::HttpRequest& request) {
                        return handle(connection, request);
                      }};

 private:
  std::optional<FakeFault> remember(const fake::HttpRequest& request) {
    const std::scoped_lock lock(mutex);
    requests.push_back({.method = request.method, .target = request.target, .headers = request.headers});
    const auto found =
        std::ranges::find_if(faults, [&](const FakeFault& fault) { return fits(fault, request); });
    if (found == faults.end()) return std::nullopt;
    const FakeFault fault = *found;
    if (--found->times == 0) faults.erase(found);
    return fault;
  }

  fake::Answer work(const fake::HttpRequest& request) {
    if (deletes(request)) {
      std::function<void(const FakeRequest&)> callback;
      {
        const std::scoped_lock lock(mutex);
        callback = delete_callback;
      }
      if (callback) {
        callback({.method = request.method, .target = request.target, .headers = request.headers});
      }
    }
    return api.answer(request);
  }

  // A pull does its work while its stream is sent.
  static void finish(const fake::Answer& answer, const fake::HttpConnection& connection) {
    if (!answer.stream) return;
    fake::AnswerWriter writer = fake::AnswerWriter::to_nobody(connection);
    answer.stream(writer);
  }
};

FakeEngine::FakeEngine(FakeEngineOptions options) : impl_(std::make_unique<Impl>(options)) {}
FakeEngine::~FakeEngine() = default;

const std::string& FakeEngine::socket() const {
  return impl_->socket_path;
}

void FakeEngine::put(const Image& image) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.put(image);
}

void FakeEngine::put(const Container& container) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.put(container);
}

void FakeEngine::put(const Volume& volume) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.put(volume);
}

void FakeEngine::put(const Network& network) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.put(network);
}

void FakeEngine::put(const BuildCacheRecord& record) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.put(record);
}

void FakeEngine::put_service(const std::string& image_reference) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.services.push_back(image_reference);
  impl_->model.swarm_manager = true;
}

void FakeEngine::remove_image(const std::string& id) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.drop_image(id);
}

void FakeEngine::remove_container(const std::string& id) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.drop_container(id);
}

void FakeEngine::remove_network(const std::string& id) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.drop_network(id);
}

void FakeEngine::remove_volume(const std::string& name) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.drop_volume(name);
}

std::vector<Image> FakeEngine::images() const {
  const std::scoped_lock lock(impl_->model_mutex);
  return values_of(impl_->model.images);
}

std::vector<Container> FakeEngine::containers() const {
  const std::scoped_lock lock(impl_->model_mutex);
  return values_of(impl_->model.containers);
}

std::vector<Volume> FakeEngine::volumes() const {
  const std::scoped_lock lock(impl_->model_mutex);
  return values_of(impl_->model.volumes);
}

std::vector<Network> FakeEngine::networks() const {
  const std::scoped_lock lock(impl_->model_mutex);
  return values_of(impl_->model.networks);
}

std::vector<BuildCacheRecord> FakeEngine::build_cache() const {
  const std::scoped_lock lock(impl_->model_mutex);
  return values_of(impl_->model.cache);
}

void FakeEngine::publish(const std::string& reference, const Image& image) {
  const std::scoped_lock lock(impl_->model_mutex);
  const std::string whole = fake::whole_reference(reference);
  impl_->model.published[whole] = image;
  impl_->model.failing_pulls.erase(whole);
}

void FakeEngine::fail_pull(const std::string& reference, const std::string& message) {
  const std::scoped_lock lock(impl_->model_mutex);
  impl_->model.failing_pulls[fake::whole_reference(reference)] = message;
}

void FakeEngine::add_fault(FakeFault fault) {
  const std::scoped_lock lock(impl_->mutex);
  if (fault.times > 0) impl_->faults.push_back(std::move(fault));
}

void FakeEngine::clear_faults() {
  const std::scoped_lock lock(impl_->mutex);
  impl_->faults.clear();
}

void FakeEngine::on_delete(std::function<void(const FakeRequest&)> callback) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->delete_callback = std::move(callback);
}

void FakeEngine::raise(EngineEvent event) {
  impl_->model.events.raise(std::move(event));
}

std::size_t FakeEngine::listeners() const {
  return impl_->model.events.listeners();
}

void FakeEngine::stop() {
  impl_->server.stop();
  impl_->model.events.clear();
}

void FakeEngine::start() {
  impl_->server.start();
}

std::vector<FakeRequest> FakeEngine::take_requests() {
  const std::scoped_lock lock(impl_->mutex);
  return std::exchange(impl_->requests, {});
}

}  // namespace caretaker
