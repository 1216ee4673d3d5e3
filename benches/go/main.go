// The article's program on goroutines and channels: one owner of a map, readers and writers that each make so many
// requests and wait for each reply. Prints nanoseconds per request. Built with `go build -o program main.go`, and run by
// `tenure-bench program --go PATH` with the numbers of readers, writers and requests.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

const entries = 1024
const mailbox = 1024

type ask struct {
	put        bool
	key, value uint64
	reply      chan uint64
}

func owner(asks <-chan ask) {
	store := make(map[uint64]uint64, entries)
	for k := uint64(0); k < entries; k++ {
		store[k] = k * k
	}
	for a := range asks {
		old := store[a.key]
		if a.put {
			store[a.key] = a.value
		}
		a.reply <- old
	}
}

var sum uint64 // what was replied, so that no reply is for nothing
var sumLock sync.Mutex

func client(asks chan<- ask, put bool, requests int, done *sync.WaitGroup) {
	defer done.Done()
	seen := uint64(0)
	for i := 0; i < requests; i++ {
		// A fresh channel for each reply, as a oneshot is in the other programs.
		a := ask{put: put, key: uint64(i % entries), value: uint64(i), reply: make(chan uint64, 1)}
		asks <- a
		seen += <-a.reply
	}
	sumLock.Lock()
	sum += seen
	sumLock.Unlock()
}

func run(readers, writers, requests int) time.Duration {
	asks := make(chan ask, mailbox)
	go owner(asks)
	var done sync.WaitGroup
	done.Add(readers + writers)
	begun := time.Now()
	for i := 0; i < readers+writers; i++ {
		go client(asks, i >= readers, requests, &done)
	}
	done.Wait()
	took := time.Since(begun)
	close(asks)
	return took
}

func number(at int) int {
	n, err := strconv.Atoi(os.Args[at])
	if err != nil {
		fmt.Fprintln(os.Stderr, "usage: program READERS WRITERS REQUESTS")
		os.Exit(2)
	}
	return n
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: program READERS WRITERS REQUESTS")
		os.Exit(2)
	}
	readers, writers, requests := number(1), number(2), number(3)
	run(readers, writers, requests) // as the first round of the others, thrown away
	took := run(readers, writers, requests)
	fmt.Println(float64(took.Nanoseconds()) / float64((readers+writers)*requests))
}
