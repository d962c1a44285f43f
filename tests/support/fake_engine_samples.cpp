// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "support/fake_engine.h"
#include "support/fake_engine_model.h"

namespace caretaker {
namespace {

// 2024-01-01T00:00:00Z and a minute per object.
constexpr std::int64_t first_created_ms = 1'704'067'200'000;
constexpr std::int64_t created_step_ms = 60'000;

}  // namespace

Image fake_image(int number, const std::vector<std::string>& tags, std::uint64_t size_bytes) {
  Image image;
  image.id = fmt::format("sha256:a{0:011x}{0:052x}", number);
  image.tags = tags;
  std::ranges::sort(image.tags);
  for (const std::string& tag : image.tags) {
    image.digests.push_back(fmt::format("{0}@sha256:d{1:011x}{1:052x}", fake::repository_of(tag), number));
  }
  std::ranges::sort(image.digests);
  const auto repeated = std::ranges::unique(image.digests);
  image.digests.erase(repeated.begin(), repeated.end());
  image.created_ms = first_created_ms + number * created_step_ms;
  image.tagged_ms = image.created_ms;
  image.size_bytes = size_bytes;
  image.shared_bytes = 0;
  return image;
}

Container fake_container(int number, const Image& image, const std::string& state) {
  Container container;
  container.id = fmt::format("c{0:011x}{0:052x}", number);
  container.name = fmt::format("container-{}", number);
  container.image_id = image.id;
  container.image = image.tags.empty() ? image.id : image.tags.front();
  container.state = state;
  container.created_ms = first_created_ms + number * created_step_ms;
  if (state == "exited" || state == "dead") container.finished_ms = container.created_ms + created_step_ms;
  return container;
}

}  // namespace caretaker
