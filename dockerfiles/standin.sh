#!/bin/sh
# A stand-in for the base image, for machines that can pull nothing: standin.sh ARCH FOLDER leaves root.tar in FOLDER.
#
# CPython 3.13 and what it needs, from Debian's packages, with busybox for a shell; larger than Alpine's and on glibc.
# ARCH is Debian's word (amd64, arm64, armhf): nothing of it is run here, so a foreign one needs no emulation.
# Needs root and mmdebstrap. DEBIAN_MIRROR is another mirror than this machine's own.
set -eu
arch=$1 folder=$2 root=$2/root
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format='$(REPO_URI)' 'Identifier: Packages' 'Component: main' 'Origin: Debian' \
  2>/dev/null | grep -v security | head -n 1)}
mmdebstrap --quiet --mode=root --variant=extract --architectures="$arch" \
  --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  --include=base-files,busybox-static,ca-certificates,libpython3.13-stdlib,python3.13-minimal,python3-pip-whl \
  trixie "$root" ${mirror:+"$mirror"}

cd "$root"
rm -rf usr/share/doc usr/share/man usr/share/locale usr/share/lintian usr/share/bug var/lib/apt var/lib/dpkg var/cache/* var/log/*
for applet in sh ash cat chmod chown cp cut date df dirname du env false find grep head hostname id install kill ln ls mkdir mv \
  nc nslookup ping ps readlink rm sed sleep sort stat tail tar test top touch tr true uname vi wc which xargs; do
  [ -e "usr/bin/$applet" ] || ln -s busybox "usr/bin/$applet"
done
mkdir -p usr/local/bin usr/lib/python3/dist-packages etc/ssl/certs
cat usr/share/ca-certificates/mozilla/*.crt > etc/ssl/certs/ca-certificates.crt
ln -s ../../bin/python3.13 usr/local/bin/python3
ls -d usr/share/python-wheels/pip-*.whl | sed 's,^,/,' > usr/lib/python3/dist-packages/pip.pth # a wheel runs as it is
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' > etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' > etc/group
rm -rf usr/share/ca-certificates usr/bin/openssl
tar --create --numeric-owner --file "$folder/root.tar" .
rm -rf "$root"
