# shellcheck shell=bash disable=SC2154
# Sourced by scripts/image: the base images that a Dockerfile names, made here of Debian's packages and the Rust of this machine.
#
# They have what the published ones have and no more, so that a package that the Dockerfile forgets is missing here too.

# The images that a Dockerfile begins with; stages of its own are none.
bases() {
    awk 'toupper($1) == "FROM" { if (!($2 in stages)) print $2; if (toupper($3) == "AS") stages[$4] }' "$1" | sort -u
}

# Where apt has Debian from, as its own settings say.
debian_mirror() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
    # shellcheck disable=SC2016 # These are apt's.
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Identifier: Packages' |
        awk -v codename="$codename" '$1 == codename && $2 == "main" { print $3; exit }'
}

# Commits an image under the name that the Dockerfile has for it, unless it is there from another run.
make_base() {
    local image=$1 packages='' suite container directory
    case $image in
        debian:*-slim) suite=${image#debian:} suite=${suite%-slim} ;;
        rust:*-slim-*) suite=${image##*-} packages=ca-certificates,gcc,libc6-dev ;;
        *) complain "$image: scripts/lib/bases.sh does not say how to make it" ;;
    esac
    ! buildah inspect --type image "$image" >/dev/null 2>&1 || return 0
    echo "==> $image"
    container=$(buildah from scratch)
    directory=$(buildah mount "$container")
    add_debian "$directory" "$suite" "$packages"
    [[ $image != rust:* ]] || add_rust "$directory" "$image" "$container"
    buildah umount "$container" >/dev/null
    buildah commit --quiet --format docker "$container" "$image" >/dev/null
    buildah rm "$container" >/dev/null
}

# Debian's smallest system with some packages, without what its images leave out.
add_debian() {
    local directory=$1 suite=$2 packages=$3 mirror=${DEBIAN_MIRROR-}
    [[ -n $mirror ]] || mirror=$(debian_mirror)
    [[ -n $mirror ]] || complain "apt names no mirror of Debian: set DEBIAN_MIRROR"
    mkdir -p "$store/packages"
    quietly debootstrap --variant=minbase --cache-dir="$store/packages" ${packages:+--include="$packages"} \
        "$suite" "$directory" "$mirror"
    rm -rf "$directory"/usr/share/{doc,info,locale,man}/* "$directory"/var/cache/apt/* "$directory"/var/lib/apt/lists/* \
        "$directory"/var/log/*
    # Those of this machine.
    rm -f "$directory"/etc/{hostname,resolv.conf}
}

# The compiler and cargo, where the published image has them, and nothing else of the toolchain.
add_rust() {
    local directory=$1 image=$2 container=$3 version sysroot host toolchain program
    version=${image#rust:} version=${version%%-*}
    [[ "$(rustc --version)." =~ ^"rustc $version"[.\ ] ]] ||
        complain "$image needs Rust $version, this is $(rustc --version): set RUSTUP_TOOLCHAIN"
    sysroot=$(rustc --print sysroot)
    [[ $sysroot != /usr ]] || complain "$image needs a toolchain of rustup, this one is in /usr"
    host=$(rustc --print host-tuple)
    toolchain=/usr/local/rustup/toolchains/$version
    mkdir -p "$directory$toolchain" "$directory/usr/local/cargo/bin"
    tar -cf - -C "$sysroot" --exclude='lib/rustlib/*' bin/{cargo,rustc,rustdoc} lib |
        tar -xf - -C "$directory$toolchain" --no-same-owner
    cp -r "$sysroot/lib/rustlib/$host" "$directory$toolchain/lib/rustlib/"
    for program in cargo rustc rustdoc; do
        ln -s "$toolchain/bin/$program" "$directory/usr/local/cargo/bin/"
    done
    buildah config --env RUSTUP_HOME=/usr/local/rustup --env CARGO_HOME=/usr/local/cargo \
        --env PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
}
