#!/bin/sh
# newer_engine.sh FOLDER: Debian 13's Docker engine in FOLDER, to run a lab on beside this machine's own; prints its dockerd.
#
# Its packages are fetched by apt from the mirror that this machine uses, checked as apt does, and only unpacked: nothing is
# installed, and apt's own lists stay as they are. The second time it fetches nothing. DEBIAN_MIRROR is another mirror.
set -eu
mkdir -p "$1"
folder=$(cd "$1" && pwd)
dockerd=$folder/root/usr/sbin/dockerd
if [ ! -e "$folder/.complete" ]; then
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format='$(REPO_URI)' 'Identifier: Packages' 'Component: main' 'Origin: Debian' \
    2>/dev/null | grep -v security | head -n 1)}
  [ -n "$mirror" ] || { echo "apt knows no mirror of Debian; name one: DEBIAN_MIRROR=http://... $0 $1" >&2; exit 1; }
  rm -rf "$folder/apt" "$folder/root"
  mkdir -p "$folder/apt/lists" "$folder/apt/cache" "$folder/root"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$folder/apt/sources.list"
  : > "$folder/apt/status"
  ours() {
    apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList="$folder/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
      -o Dir::State::Lists="$folder/apt/lists" -o Dir::State::Status="$folder/apt/status" -o Dir::Cache="$folder/apt/cache" "$@"
  }
  ours update >&2
  (cd "$folder/apt" && ours download docker.io containerd tini >&2)
  for package in "$folder"/apt/*.deb; do dpkg-deb --extract "$package" "$folder/root"; done
  rm -rf "$folder/apt"
  touch "$folder/.complete"
fi
echo "$dockerd"
