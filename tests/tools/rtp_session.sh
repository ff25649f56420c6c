#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# GStreamer's RTP session as a telephone: a tone in G.711 (plain RTP), and RTCP reports of both sorts, more often than
# every 5 s (RFC 4585's rules).  In the phone's own network namespace; until it is ended.
#
#	rtp_session.sh RELAY_ADDRESS RELAY_PORT SSRC
#
# Listener and speaker are sockets of their own; a stateless rule gives what is said the listener's ports as its
# source, as tests/tools/softphone.py does.
set -eu
relay=$1 port=$2 ssrc=$3

nft -f - <<-END
	add table inet softphone
	flush table inet softphone
	add chain inet softphone out { type filter hook output priority raw; }
	add rule inet softphone out udp sport 5000 udp sport set 4000
	add rule inet softphone out udp sport 5001 udp sport set 4001
END
exec gst-launch-1.0 -q rtpsession name=rtp rtp-profile=avpf \
	audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! mulawenc \
	! rtppcmupay min-ptime=20000000 max-ptime=20000000 "ssrc=$ssrc" \
	! rtp.send_rtp_sink rtp.send_rtp_src \
	! udpsink "host=$relay" "port=$port" bind-port=5000 async=false \
	udpsrc port=4000 caps="application/x-rtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0" \
	! rtp.recv_rtp_sink rtp.recv_rtp_src ! fakesink async=false \
	udpsrc port=4001 ! rtp.recv_rtcp_sink rtp.sync_src ! fakesink async=false \
	rtp.send_rtcp_src ! udpsink "host=$relay" "port=$((port + 1))" bind-port=5001 sync=false async=false
