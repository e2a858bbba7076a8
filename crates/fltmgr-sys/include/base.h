/* The basic types of the Windows kernel headers, with fixed widths, so that they come out alike on every host. */
#pragma once

typedef void VOID, *PVOID;
typedef char CHAR, *PCHAR, CCHAR, *PSTR;
typedef const char *PCSTR;
typedef unsigned char UCHAR, *PUCHAR, BOOLEAN, *PBOOLEAN, KIRQL, *PKIRQL, BYTE;
typedef signed char SCHAR;
typedef short SHORT, CSHORT;
typedef unsigned short USHORT, *PUSHORT, WCHAR, *PWCHAR, *PWSTR, *PWCH, WORD;
typedef const unsigned short *PCWSTR, *PCWCH;
typedef int LONG, *PLONG, NTSTATUS, *PNTSTATUS, BOOL;
typedef unsigned int ULONG, *PULONG, UINT32, DWORD, ACCESS_MASK, *PACCESS_MASK, LOGICAL, DEVICE_TYPE, LCID;
typedef long long LONGLONG, LONG_PTR, SSIZE_T, INT64;
typedef unsigned long long ULONGLONG, *PULONGLONG, ULONG_PTR, *PULONG_PTR, SIZE_T, *PSIZE_T, UINT64, ULONG64, KAFFINITY,
    KSPIN_LOCK, *PKSPIN_LOCK, EX_PUSH_LOCK, *PEX_PUSH_LOCK;
typedef PVOID HANDLE, *PHANDLE;
typedef CCHAR KPROCESSOR_MODE;
typedef LONG KPRIORITY;

typedef union _LARGE_INTEGER {
    struct { ULONG LowPart; LONG HighPart; } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef union _ULARGE_INTEGER {
    struct { ULONG LowPart; ULONG HighPart; } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct _UNICODE_STRING { USHORT Length; USHORT MaximumLength; PWCH Buffer; } UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;
typedef struct _STRING { USHORT Length; USHORT MaximumLength; PCHAR Buffer; } STRING, *PSTRING, ANSI_STRING, *PANSI_STRING;
typedef struct _LIST_ENTRY { struct _LIST_ENTRY *Flink; struct _LIST_ENTRY *Blink; } LIST_ENTRY, *PLIST_ENTRY;
typedef struct _SINGLE_LIST_ENTRY { struct _SINGLE_LIST_ENTRY *Next; } SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;
typedef struct _GUID { ULONG Data1; USHORT Data2; USHORT Data3; UCHAR Data4[8]; } GUID, *PGUID;
typedef const GUID *LPCGUID;
typedef struct _LUID { ULONG LowPart; LONG HighPart; } LUID, *PLUID;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef struct _CLIENT_ID { HANDLE UniqueProcess; HANDLE UniqueThread; } CLIENT_ID, *PCLIENT_ID;
typedef struct _IO_STATUS_BLOCK {
    union { NTSTATUS Status; PVOID Pointer; };
    ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

typedef PVOID PSECURITY_DESCRIPTOR, PSID, PACCESS_TOKEN;
typedef struct _ACL { UCHAR AclRevision; UCHAR Sbz1; USHORT AclSize; USHORT AceCount; USHORT Sbz2; } ACL, *PACL;
typedef ULONG SECURITY_INFORMATION, *PSECURITY_INFORMATION;

/* Objects whose insides are nobody's business. */
typedef struct _KPROCESS *PEPROCESS, *PKPROCESS;
typedef struct _KTHREAD *PETHREAD, *PKTHREAD;
typedef struct _OBJECT_TYPE *POBJECT_TYPE;
typedef struct _KTRANSACTION *PKTRANSACTION;
typedef struct _ERESOURCE *PERESOURCE;
