#include "nudge/download/hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "nudge/base/error.h"

namespace nudge::download {
namespace {

std::string hash_of_file(const std::string& path, const EVP_MD* algorithm) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_input_errno(path, "cannot be read");
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) {
    throw UnsupportedError(path + ": its hash cannot be computed: this machine's OpenSSL refuses " +
                           EVP_MD_get0_name(algorithm));
  }
  std::vector<char> piece(size_t{1} << 16);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0) {
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) throw_input_errno(path, "cannot be read");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace

std::string md5_of_file(const std::string& path) { return hash_of_file(path, EVP_md5()); }

std::string sha256_of_file(const std::string& path) { return hash_of_file(path, EVP_sha256()); }

bool has_hash(const std::string& path, const std::string& hash) {
  constexpr size_t kMd5Digits = 32;
  constexpr size_t kSha256Digits = 64;
  if (hash.size() == kMd5Digits) return md5_of_file(path) == hash;
  if (hash.size() == kSha256Digits) return sha256_of_file(path) == hash;
  throw ValueError("hash '" + hash + "' is neither MD5 (32 digits) nor SHA-256 (64)");
}

}  // namespace nudge::download
